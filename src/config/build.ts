// scripts/build.ts writes these into the executable; from source neither is there.
declare const PERIPLUS_VERSION: string | undefined
declare const PERIPLUS_COMMIT: string | undefined

/** Which Periplus this is. The commit is null where it runs from source. */
export const BUILD = {
  version: typeof PERIPLUS_VERSION === 'undefined' ? 'source' : PERIPLUS_VERSION,
  commit: typeof PERIPLUS_COMMIT === 'undefined' ? null : PERIPLUS_COMMIT,
} as const
