/**
 * Takes away what would change Bun itself (BUN_OPTIONS preloads code), before a child could inherit it. A file of its
 * own: a supervisor loads this and not the options, of which it has no need.
 */
export function dropBunVariables(): void {
  for (const name of Object.keys(process.env)) if (name.startsWith('BUN_')) delete process.env[name]
}
