import type { Context } from '../command.ts'
export async function demo(_: Context) {
  return 0
}
