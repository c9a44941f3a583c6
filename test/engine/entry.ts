import { supervise } from '../../src/engine/local/supervisor.ts'
import { realWorld } from '../../src/world.ts'

/** What `periplus supervise <directory>` does, without the rest of the program. */
const [, , , directory = ''] = process.argv
await supervise(directory, realWorld())
process.exit(0)
