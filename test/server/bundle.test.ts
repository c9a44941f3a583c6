import { expect, test } from 'bun:test'
import { Script } from 'node:vm'
import { browserScript } from '../../src/server/bundle.ts'

test.each(['main', 'analytics'] as const)(
  'the script %s declares nothing that another of its page could meet',
  (name) => {
    const script = browserScript(name)

    // Twice in one scope: whatever it declared at its top would be there already.
    expect(() => new Script(`${script}\n${script}`)).not.toThrow()
    expect(script.trimStart()).toStartWith('(')
  },
)
