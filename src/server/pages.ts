import type { Hono } from 'hono'
import type { Env, ServerDeps } from './context.ts'
import type { Finder } from './finder.ts'
import { accountPages } from './pages/account.ts'
import { comparePages } from './pages/compare.ts'
import { executionTar, executionText, logText } from './pages/download.ts'
import { environmentPages } from './pages/environment.ts'
import { executionPages } from './pages/execution.ts'
import { historyPages } from './pages/history.ts'
import { logPages } from './pages/log.ts'
import { overviewPages } from './pages/overview.ts'
import { savingPages } from './pages/saving.ts'
import { signedIn } from './pages/visit.ts'
import { wholeLog } from './pages/wholelog.ts'
import { wishPages } from './pages/wishes.ts'
import { workflowPages } from './pages/workflow.ts'
import type { Streams } from './streams.ts'

/** A handler for each page, and one for each form. Reading is direct, writing goes through the ledger. */
export function mountPages(app: Hono<Env>, given: ServerDeps, streams: Streams, finder: Finder): void {
  const deps = { ...given, finder }
  const overview = overviewPages(deps)
  const history = historyPages(deps)
  const execution = executionPages(deps)
  const logs = logPages(deps)
  const compare = comparePages(deps)
  const wishes = wishPages(deps)
  const workflows = workflowPages(deps)
  const saving = savingPages(deps)
  const environments = environmentPages(deps)
  const account = accountPages(deps)

  const pages = {
    '/': overview.show,
    '/approvals': overview.approvals,
    '/executions': history.show,
    '/executions/parts': history.parts,
    '/executions/:id': execution.show,
    '/executions/:id/parts': execution.parts,
    '/executions/:id/terminate': execution.terminate,
    '/executions/:id/rerun': execution.rerun,
    '/executions/:id/compare': compare.choose,
    '/executions/:id/compare/:other': compare.show,
    '/executions/:id/stages/:stage': logs.stage,
    '/executions/:id/log': wholeLog(deps),
    '/executions/:id/log.txt': executionText(deps, streams),
    '/executions/:id/logs.tar': executionTar(deps, streams),
    '/executions/:id/stages/:stage/log.txt': logText(deps, streams, 'times'),
    '/executions/:id/stages/:stage/log.raw': logText(deps, streams, 'raw'),
    '/pipelines': workflows.pipelines,
    '/workflows': workflows.list,
    '/workflows/new': workflows.blank,
    '/workflows/:slug': workflows.show,
    '/environments': environments.list,
    '/environments/new': environments.blank,
    '/environments/:slug': environments.show,
    '/settings/tokens': account.tokens,
  }
  for (const [path, page] of Object.entries(pages)) app.get(path, signedIn(deps, page))

  const forms = {
    '/executions/:id/rerun': wishes.rerun,
    '/executions/:id/approval': wishes.approve,
    '/executions/:id/rejection': wishes.reject,
    '/executions/:id/deployment': wishes.deploy,
    '/executions/:id/termination': wishes.terminate,
    '/workflows/new': saving.create,
    '/workflows/:slug': saving.save,
    '/environments/new': environments.create,
    '/environments/:slug': environments.save,
    '/theme': account.theme,
    '/settings/tokens': account.makeToken,
    '/settings/tokens/:token/removal': account.removeToken,
  }
  for (const [path, form] of Object.entries(forms)) app.post(path, signedIn(deps, form))
}
