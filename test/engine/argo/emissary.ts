import { readdirSync, readlinkSync } from 'node:fs'

/*
 * Stands in for Argo's emissary: the first process of a container, which starts the wrapper in a group of its own and
 * hands SIGTERM on to all of that. The wrapper kills whatever it sees, so this looks first where it is.
 */

const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
if (process.pid !== 1 || readlinkSync('/proc/self') !== '1' || processes.length !== 1) {
  console.error('This is no process namespace of its own.')
  process.exit(99)
}

// Listened for first: the first process of a namespace does not hear what it does not listen for.
let group = 0
process.on('SIGTERM', () => process.kill(-group, 'SIGTERM'))
const child = Bun.spawn(process.argv.slice(2), { stdio: ['ignore', 'inherit', 'inherit'], detached: true })
group = child.pid
process.exit(await child.exited)
