import logs0001 from './logs/0001_logs.sql' with { type: 'text' }
import logs0002 from './logs/0002_reports.sql' with { type: 'text' }
import state0001 from './state/0001_core.sql' with { type: 'text' }
import state0002 from './state/0002_people.sql' with { type: 'text' }
import state0003 from './state/0003_measures.sql' with { type: 'text' }
import state0004 from './state/0004_views.sql' with { type: 'text' }
import state0005 from './state/0005_reruns.sql' with { type: 'text' }
import state0006 from './state/0006_drafts.sql' with { type: 'text' }
import state0007 from './state/0007_reports.sql' with { type: 'text' }
import state0008 from './state/0008_registries.sql' with { type: 'text' }
import state0009 from './state/0009_redeploys.sql' with { type: 'text' }

/** One numbered step of a database's schema: forward only, run once, never changed afterwards. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

/** What state.db went through, in order. */
export const STATE_MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'core', sql: state0001 },
  { number: 2, name: 'people', sql: state0002 },
  { number: 3, name: 'measures', sql: state0003 },
  { number: 4, name: 'views', sql: state0004 },
  { number: 5, name: 'reruns', sql: state0005 },
  { number: 6, name: 'drafts', sql: state0006 },
  { number: 7, name: 'reports', sql: state0007 },
  { number: 8, name: 'registries', sql: state0008 },
  { number: 9, name: 'redeploys', sql: state0009 },
]

/** What logs.db went through, in order. */
export const LOGS_MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'logs', sql: logs0001 },
  { number: 2, name: 'reports', sql: logs0002 },
]
