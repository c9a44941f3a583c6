import { conformance } from './conformance.ts'
import { Ground } from './ground.ts'

conformance('local', async () => new Ground())
