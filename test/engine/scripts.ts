import type { Behaviour } from './conformance.ts'

/**
 * A behaviour as a shell's script. `wait` is how a stage that waits learns that it may go on: a command that ends then.
 */
export function scriptOf(behaviour: Behaviour, wait: string): string {
  switch (behaviour.does) {
    case 'ends':
      return `cat <<'END'\n${behaviour.lines.join('\n')}\nEND\nexit ${behaviour.exit}`
    case 'fails-first':
      return `echo >> attempts; [ "$(wc -l < attempts)" -gt ${behaviour.attempts} ]`
    case 'waits':
      return `echo ready; ${wait}; echo done`
    case 'ignores-term':
      return `trap '' TERM; echo ready; while :; do sleep 0.1; done`
    case 'hands-on':
      return Object.entries(behaviour.outputs)
        .map(
          ([name, value]) =>
            `cat >> "$PERIPLUS_OUTPUT" <<'END'\n${name}<<END_OF_VALUE\n${value}\nEND_OF_VALUE\nEND`,
        )
        .join('\n')
    case 'leaves':
      return Object.entries(behaviour.files)
        .map(
          ([path, text]) =>
            `mkdir -p "$(dirname '${path}')"; printf %s '${text.replaceAll("'", `'"'"'`)}' > '${path}'`,
        )
        .concat(`exit ${behaviour.exit}`)
        .join('\n')
    default:
      return behaviour satisfies never
  }
}

/** The same for a container, whose shell would say on standard error that somebody killed what it ran. */
export function podScriptOf(behaviour: Behaviour, wait: string): string {
  const script = scriptOf(behaviour, wait)
  return behaviour.does === 'waits' ? `trap "exit 143" TERM; exec 2>/dev/null; ${script}` : script
}
