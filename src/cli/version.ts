import { BUILD } from '../config/build.ts'
import type { Context } from './command.ts'

/** `periplus 0.1.0 (2143e0f)`; as JSON with what it runs on. */
export async function version({ line, terminal }: Context): Promise<number> {
  const facts = { ...BUILD, bun: Bun.version, platform: `${process.platform}-${process.arch}` }
  const words = `periplus ${BUILD.version}${BUILD.commit === null ? '' : ` (${BUILD.commit.slice(0, 7)})`}`
  await terminal.out(`${line.flags.has('--json') ? JSON.stringify(facts) : words}\n`)
  return 0
}
