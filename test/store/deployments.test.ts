import { expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { STATE_MIGRATIONS } from '../../migrations/index.ts'
import { openDb, STATE_KIND } from '../../src/store/database.ts'
import { BEHIND_MAX } from '../../src/store/deployments.ts'
import { migrate } from '../../src/store/migrate.ts'
import type { Store } from '../../src/store/store.ts'
import { addExecution, openTestStore, saveWorkflow } from './fixture.ts'

const LAST = Number.MAX_SAFE_INTEGER

function deploy(store: Store, workflowId: number, executionId: number, environment: string): void {
  const row = { environment, workflowId, executionId, sha: null, triggeredAt: 1, origin: executionId }
  store.deployments.insert({
    ...row,
    deployedAt: executionId,
    deployedBy: 'alice',
    image: null,
    digest: null,
  })
}

test('what stands in an environment is told for each workflow apart, the last that came, not the newest made', () => {
  const store = openTestStore()
  const [shop, docs] = [saveWorkflow(store, 'shop'), saveWorkflow(store, 'docs')]
  const [first, second] = [1, 2].map(() => addExecution(store, { workflowId: shop, status: 'succeeded' }))
  const other = addExecution(store, { workflowId: docs, status: 'succeeded' })

  deploy(store, shop, second ?? 0, 'production')
  deploy(store, shop, first ?? 0, 'production')
  deploy(store, docs, other, 'production')

  expect(store.deployments.standing('production', shop)?.executionId).toBe(first)
  expect(store.deployments.standing('production', docs)?.executionId).toBe(other)
  expect(store.deployments.standing('staging', shop)).toBeNull()
})

test('an environment is behind by as many executions as came to another after its own, counted so far', () => {
  const store = openTestStore()
  const shop = saveWorkflow(store, 'shop')
  const ids = Array.from({ length: BEHIND_MAX + 5 }, () =>
    addExecution(store, { workflowId: shop, status: 'succeeded' }),
  )
  for (const id of ids) deploy(store, shop, id, 'staging')
  const behind = (at: number) => store.deployments.newer('staging', shop, ids.at(at) ?? 0)

  expect([behind(-1), behind(-4), behind(0)]).toEqual([0, 3, BEHIND_MAX])
})

test('the history of an environment is read page by page, newest first', () => {
  const store = openTestStore()
  const shop = saveWorkflow(store, 'shop')
  for (let i = 0; i < 5; i += 1)
    deploy(store, shop, addExecution(store, { workflowId: shop, status: 'succeeded' }), 'dev')

  const first = store.deployments.history('dev', LAST, 3).map(({ id }) => id)
  const second = store.deployments.history('dev', first.at(-1) ?? 0, 3).map(({ id }) => id)

  expect([...first, ...second]).toEqual([5, 4, 3, 2, 1])
})

test('deployments of an earlier version are kept, each with the workflow it was of', () => {
  const dir = mkdtempSync(join(tmpdir(), 'periplus-deployments-'))
  const db = openDb(join(dir, 'state.db'), STATE_KIND)
  migrate(db, STATE_MIGRATIONS.slice(0, 1), () => 1)
  db.sqlite.run("INSERT INTO workflows VALUES (7, 'shop', 1, 1, 1, 1)")
  db.sqlite.run("INSERT INTO versions VALUES (7, 1, '', '{}', 1, 'alice')")
  db.sqlite.run(
    `INSERT INTO executions (id, uid, workflow_id, number, version, status, trigger, triggered_by, triggered_at, day, engine, strip, finished_at)
     VALUES (3, '${'0'.repeat(26)}', 7, 1, 1, 'succeeded', 'manual', 'alice', 1, '2026-01-01', 'local', '---------', 1)`,
  )
  db.sqlite.run("INSERT INTO deployments VALUES (5, 'dev', 3, NULL, 1, 2, 'alice')")

  migrate(db, STATE_MIGRATIONS, () => 2)
  const rows = db.sqlite.query('SELECT id, environment, workflow_id, execution_id FROM deployments').all()
  const broken = db.sqlite.query('PRAGMA foreign_key_check').all()
  db.close()
  rmSync(dir, { recursive: true })

  expect(rows).toEqual([{ id: 5, environment: 'dev', workflow_id: 7, execution_id: 3 }])
  expect(broken).toEqual([])
})
