import type { Hono } from 'hono'
import type { Env, ServerDeps } from './context.ts'
import type { Finder } from './finder.ts'
import { accountPages } from './pages/account.ts'
import { analyticsPages } from './pages/analytics.ts'
import { builderPages } from './pages/builder.ts'
import { comparePages } from './pages/compare.ts'
import { credentialPages } from './pages/credentials.ts'
import { executionTar, executionText, logText } from './pages/download.ts'
import { dryRunPages } from './pages/dryrun.ts'
import { environmentPages } from './pages/environment.ts'
import { environmentsPages } from './pages/environments.ts'
import { executionPages } from './pages/execution.ts'
import { historyPages } from './pages/history.ts'
import { logPages } from './pages/log.ts'
import { overviewPages } from './pages/overview.ts'
import { pipelinePages } from './pages/pipelines.ts'
import { redeploy } from './pages/redeploy.ts'
import { reportPages } from './pages/reports.ts'
import { searchPages } from './pages/search.ts'
import { secretPages } from './pages/secrets.ts'
import { tokenPages } from './pages/tokens.ts'
import { upkeepPages } from './pages/upkeep.ts'
import { userPages } from './pages/users.ts'
import { restorePages } from './pages/versions.ts'
import { viewPages } from './pages/views.ts'
import { signedIn } from './pages/visit.ts'
import { wholeLog } from './pages/wholelog.ts'
import { wishPages } from './pages/wishes.ts'
import { workflowPages } from './pages/workflow.ts'
import type { Searches } from './search/searches.ts'
import type { Streams } from './streams.ts'

/** Mounts every page and every form; all are for people who are signed in. */
export function mountPages(
  app: Hono<Env>,
  deps: ServerDeps,
  streams: Streams,
  searches: Searches,
  finder: Finder,
): void {
  const { pages, forms } = pagesOf(deps, streams, searches, finder)
  for (const [path, page] of Object.entries(pages)) app.get(path, signedIn(deps, page))
  for (const [path, form] of Object.entries(forms)) app.post(path, signedIn(deps, form))
}

/** A handler for each page, and one for each form. Reading is direct, writing goes through the ledger. */
export function pagesOf(given: ServerDeps, streams: Streams, searches: Searches, finder: Finder) {
  const deps = { ...given, finder }
  const overview = overviewPages(deps)
  const pipelines = pipelinePages(deps)
  const history = historyPages(deps)
  const search = searchPages(deps, streams, searches)
  const execution = executionPages(deps)
  const logs = logPages(deps)
  const compare = comparePages(deps)
  const reports = reportPages(deps)
  const wishes = wishPages(deps)
  const workflows = workflowPages(deps)
  const analytics = analyticsPages(deps)
  const builder = builderPages(deps)
  const dryRun = dryRunPages(deps)
  const versions = restorePages(deps)
  const matrix = environmentsPages(deps)
  const environments = environmentPages(deps)
  const account = accountPages(deps)
  const tokens = tokenPages(deps)
  const users = userPages(deps)
  const secrets = secretPages(deps)
  const credentials = credentialPages(deps)
  const views = viewPages(deps)
  const upkeep = upkeepPages(deps, streams)

  const pages = {
    '/': overview.show,
    '/approvals': overview.approvals,
    '/executions': history.show,
    '/executions/parts': history.parts,
    '/search': search.show,
    '/search/stream': search.stream,
    '/executions/:id': execution.show,
    '/executions/:id/parts': execution.parts,
    '/executions/:id/terminate': execution.terminate,
    '/executions/:id/rerun': execution.rerun,
    '/executions/:id/redeploy': redeploy(deps),
    '/executions/:id/compare': compare.choose,
    '/executions/:id/compare/:other': compare.show,
    '/executions/:id/stages/:stage': logs.stage,
    '/executions/:id/reports': reports.list,
    '/executions/:id/reports/:name': reports.show,
    '/executions/:id/log': wholeLog(deps),
    '/executions/:id/log.txt': executionText(deps, streams),
    '/executions/:id/logs.tar': executionTar(deps, streams),
    '/executions/:id/stages/:stage/log.txt': logText(deps, streams, 'times'),
    '/executions/:id/stages/:stage/log.raw': logText(deps, streams, 'raw'),
    '/pipelines': pipelines.list,
    '/pipelines/:slug': analytics.pipeline,
    '/analytics': analytics.across,
    '/analytics.csv': analytics.csv,
    '/workflows': workflows.list,
    '/workflows/new': builder.blank,
    '/workflows/:slug': workflows.show,
    '/workflows/:slug/dry-run': dryRun.show,
    '/workflows/:slug/discard': builder.askDiscard,
    '/environments': matrix.list,
    '/environments/new': environments.blank,
    '/environments/:slug': environments.show,
    '/settings': account.index,
    '/settings/account': account.show,
    '/settings/tokens': tokens.list,
    '/settings/users': users.list,
    '/settings/users/:name': users.show,
    '/settings/users/:name/deactivate': users.askDeactivation,
    '/settings/secrets': secrets.list,
    '/settings/secrets/:name': secrets.show,
    '/settings/secrets/:name/remove': secrets.askRemoval,
    '/settings/credentials': credentials.list,
    '/settings/credentials/:name': credentials.show,
    '/settings/credentials/:name/remove': credentials.askRemoval,
    '/settings/audit': upkeep.audit,
    '/settings/system': upkeep.system,
  }

  const forms = {
    '/executions/:id/rerun': wishes.rerun,
    '/executions/:id/redeployment': wishes.redeploy,
    '/executions/:id/reports/:name/ignores': reports.ignore,
    '/executions/views': views.save,
    '/executions/views/removal': views.remove,
    '/executions/:id/approval': wishes.approve,
    '/executions/:id/rejection': wishes.reject,
    '/executions/:id/deployment': wishes.deploy,
    '/executions/:id/termination': wishes.terminate,
    '/workflows/:slug': builder.change,
    '/workflows/:slug/discard': builder.discard,
    '/workflows/:slug/restoration': versions.restore,
    '/environments/new': environments.create,
    '/environments/:slug': environments.save,
    '/theme': account.theme,
    '/settings/account/password': account.password,
    '/settings/account/sessions/end': account.endOthers,
    '/settings/account/sessions/:session/end': account.endSession,
    '/settings/tokens': tokens.make,
    '/settings/tokens/:token/removal': tokens.remove,
    '/settings/users': users.add,
    '/settings/users/:name/role': users.role,
    '/settings/users/:name/link': users.link,
    '/settings/users/:name/deactivation': users.deactivate,
    '/settings/users/:name/reactivation': users.reactivate,
    '/settings/secrets': secrets.set,
    '/settings/secrets/:name': secrets.replace,
    '/settings/secrets/:name/removal': secrets.remove,
    '/settings/credentials': credentials.set,
    '/settings/credentials/:name': credentials.replace,
    '/settings/credentials/:name/trial': credentials.attempt,
    '/settings/credentials/:name/removal': credentials.remove,
  }
  return { pages, forms }
}
