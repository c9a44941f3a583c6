import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ProcessRuntime } from '../argo/processes.ts'
import { REAL_TIME } from '../argo/realtime.ts'
import { ClusterServer } from '../argo/server.ts'
import { QUICK, RECORDED, StandIn } from '../argo/standin.ts'

/*
 * A cluster for `npm run test:cluster` where there is none: the stand-in as a process of its own, as fast as it was
 * recorded or, with `quick`, as it can be.
 *
 *   bun test/live/standin.ts <directory> [quick]
 *
 * It writes <directory>/kubeconfig, says so, and runs until SIGTERM; then it says what was left in its namespace.
 */

const [dir = '', pace] = process.argv.slice(2)
mkdirSync(dir, { recursive: true })
// Its containers run as somebody else.
chmodSync(dir, 0o755)
const runtime = new ProcessRuntime(join(dir, 'node'))
const standIn = new StandIn({ time: REAL_TIME, runtime, delays: pace === 'quick' ? QUICK : RECORDED })
const server = new ClusterServer(standIn, REAL_TIME)
await server.start()
console.log(server.kubeconfig(join(dir, 'kubeconfig')))
await new Promise<void>((resolve) => void process.on('SIGTERM', resolve))
const left = (['workflows', 'pods', 'secrets'] as const).flatMap((kind) => standIn.api.all(kind))
standIn.close()
await runtime.close()
await server.close()
console.log(JSON.stringify(left.map(({ kind, metadata }) => `${kind} ${metadata.name}`)))
process.exit()
