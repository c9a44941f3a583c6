import type { Folder } from './folder.ts'
import { family } from './processes.ts'

/** Writes down who a segment's processes are, for whoever must end them should their supervisor be killed. */
export class Roster {
  readonly #folder: Folder
  #noted = ''

  constructor(folder: Folder) {
    this.#folder = folder
  }

  note(): void {
    const now = family(process.pid)
      .map((one) => `${one.pid} ${one.start}`)
      .join('\n')
    if (now === this.#noted) return
    try {
      this.#folder.writeProcesses(now)
      this.#noted = now
    } catch {
      // A full disk must not end a supervisor; it is tried again, and the roster is one of several nets.
    }
  }
}
