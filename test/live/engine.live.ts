import { conformance } from '../engine/conformance.ts'
import { runOf } from './cluster.ts'
import { LiveGround } from './ground.ts'
import { settingsOf } from './settings.ts'

const settings = settingsOf(process.env)
const run = runOf(process.env)

conformance('argo, on this cluster,', async () => new LiveGround(settings, run))
