import type { EnvVar } from './objects.ts'

/** What a variable takes from elsewhere: a secret's key, a field of its pod; null where it is absent and may be. */
export type Resolve = (from: NonNullable<EnvVar['valueFrom']>) => string | null

/** A container's environment as the kubelet makes it: each variable sees those before it. */
export function environment(vars: readonly EnvVar[], resolve: Resolve): Record<string, string> {
  const made: Record<string, string> = {}
  for (const { name, value, valueFrom } of vars) {
    const found = valueFrom === undefined ? expand(value ?? '', made) : resolve(valueFrom)
    if (found !== null) made[name] = found
  }
  return made
}

/**
 * `$(NAME)` is the variable's value where there is one, and stays where there is none; `$$` is a dollar sign.
 * https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
 */
export function expand(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, inner: string, name: string | undefined) => {
    if (inner === '$') return '$'
    return name !== undefined && Object.hasOwn(env, name) ? (env[name] ?? '') : whole
  })
}

/** Tags that begin so are Argo's own, and an unknown one of them is an error; any other is left as it stands. */
const ARGO_TAGS = /^(item|steps|inputs|outputs|pod|workflow|tasks)\b/

/** Puts values for `{{name}}`, as Argo does in a template; answers the tags of its own that nobody knows, too. */
export function substitute(
  text: string,
  values: Readonly<Record<string, string>>,
): { readonly text: string; readonly unknown: readonly string[] } {
  const unknown: string[] = []
  const replaced = text.replace(/\{\{([^{}]*)\}\}/g, (whole, inner: string) => {
    const tag = inner.trim()
    const value = values[tag]
    if (value === undefined && ARGO_TAGS.test(tag)) unknown.push(tag)
    return value ?? whole
  })
  return { text: replaced, unknown }
}
