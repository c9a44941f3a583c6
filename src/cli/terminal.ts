import { environment } from '../config.ts'
import { ReaderGone, type Terminal } from './command.ts'

/** A terminal that says nothing of its width, and what a text is set in where one must be assumed. */
const COLUMNS_ASSUMED = 80

/** The terminal this process was started in. Colour follows https://no-color.org and where the output goes. */
export function processTerminal(): Terminal {
  const { stdout } = process
  const variables = environment()
  const wanted = stdout.isTTY && variables['TERM'] !== 'dumb'
  return {
    columns: stdout.isTTY ? stdout.columns || COLUMNS_ASSUMED : null,
    colour: (variables['NO_COLOR'] ?? '') === '' && (wanted || (variables['FORCE_COLOR'] ?? '0') !== '0'),
    out: (text) => write(text),
    note: (text) => process.stderr.write(`${text}\n`),
    ask: (question, echo) => ask(question, echo),
  }
}

async function write(text: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  process.stdout.write(text, (error) => (error ? reject(error) : resolve()))
  await promise.catch((error: unknown) => {
    throw error instanceof Error && 'code' in error && error.code === 'EPIPE' ? new ReaderGone() : error
  })
}

async function ask(question: string, echo: 'shown' | 'hidden'): Promise<string> {
  const { stdin } = process
  if (stdin.isTTY) process.stderr.write(question)
  const hide = stdin.isTTY && echo === 'hidden'
  // `stty` rather than raw mode: the terminal goes on to edit the line and Ctrl-C still interrupts.
  if (hide) Bun.spawnSync(['stty', '-echo'], { stdin: 'inherit' })
  try {
    for await (const line of console) return line.trim()
    return ''
  } finally {
    if (hide) {
      Bun.spawnSync(['stty', 'echo'], { stdin: 'inherit' })
      process.stderr.write('\n')
    }
  }
}
