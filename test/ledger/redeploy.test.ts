import { beforeEach, describe, expect, test } from 'bun:test'
import { environment, ledgerGround, person, workflow } from './ground.ts'

const DAY_MS = 86_400_000
const OLD = '1'.repeat(40)
const NEW = '2'.repeat(40)
const shop = workflow('shop', {
  build: { script: { run: 'make', artifacts: ['dist/**'] } },
  deploy: [{ environment: 'dev' }, { environment: 'production' }],
})

let g: ReturnType<typeof ledgerGround>
beforeEach(() => {
  g = ledgerGround()
  g.save(environment('dev'), environment('production', { manual: true, approvers: ['alice'] }), shop)
})

const rowOf = (id: number) => {
  const row = g.store.executions.byId(id)
  if (row === null) throw new Error(`there is no execution ${id}`)
  return row
}
const stages = (id: number) => g.store.stages.list(id).map(({ id, status }) => `${id} ${status}`)
const standing = (where: string) => g.store.deployments.standing(where, 1)
const lastAudit = () => g.store.audit.list({ limit: 1 })[0]
const redeploy = (id: number, where: string, confirmation: 'confirmed' | 'unconfirmed' = 'confirmed') =>
  g.ledger.redeploy(id, where, person('dave'), confirmation).id

/** Runs what stands next, to its end. */
function through(id: number): void {
  g.begin(id)
  g.finish(id)
}

/** Deployed to dev and production, at a commit of its own. */
function deployed(sha: string): number {
  const id = g.trigger('shop')
  g.prepare(id, sha)
  g.begin(id)
  g.finish(id)
  through(id)
  g.ledger.approve(id, 'production', person('alice'), null)
  through(id)
  return id
}

describe('Redeploy', () => {
  test('begins at the deploy, takes over commit and outputs, asks its gate and goes to no other environment', () => {
    const old = deployed(OLD)
    deployed(NEW)

    const again = redeploy(old, 'production')
    g.prepare(again)

    expect(rowOf(again)).toMatchObject({ rerunOf: old, redeploys: 'production', sha: OLD, trigger: 'rerun' })
    expect(g.status(again)).toBe('approval-pending')
    expect(stages(again)).toEqual([
      ...['validation succeeded', 'source succeeded', 'build succeeded'],
      ...['deploy.dev skipped', 'deploy.production waiting'],
    ])
    g.ledger.approve(again, 'production', person('alice'), null, 'confirmed')
    through(again)
    expect(g.status(again)).toBe('succeeded')
    expect(standing('production')).toMatchObject({
      ...{ executionId: again, sha: OLD, origin: old, deployedBy: 'alice' },
    })
    expect(standing('dev')?.sha).toBe(NEW)
  })

  test('to the first environment does not go on to the next', () => {
    const old = deployed(OLD)

    const again = redeploy(old, 'dev')
    g.prepare(again)
    through(again)

    expect(g.status(again)).toBe('succeeded')
    expect(stages(again).at(-1)).toBe('deploy.production skipped')
  })

  test('deploys the image that was pushed then, by its digest', () => {
    const push = { registry: 'r', image: 'shop/image', tags: ['latest'] }
    g.save(workflow('image', { build: { dockerfile: 'Dockerfile' }, push, deploy: [{ environment: 'dev' }] }))
    const id = g.start('image')
    const pushed = g.store.stages.list(id).find(({ phase }) => phase === 'push')
    const outputs = { image: 'r.example/shop/image@sha256:91d4', digest: 'sha256:91d4' }
    g.ledger.stageNews(id, pushed?.ordinal ?? 0, { type: 'outputs', outputs })
    g.finish(id)
    through(id)

    const again = redeploy(id, 'dev')
    g.prepare(again)
    through(again)

    const [standingNow, before] = g.store.deployments.recent(2)
    expect(before).toMatchObject({ executionId: id, ...outputs })
    expect(standingNow).toMatchObject({ executionId: again, ...outputs })
  })

  test('can be done of a redeploy', () => {
    const old = deployed(OLD)
    const first = redeploy(old, 'dev')
    g.prepare(first)
    through(first)

    const second = redeploy(first, 'dev')
    g.prepare(second)
    through(second)

    expect(standing('dev')).toMatchObject({ executionId: second, origin: old })
  })

  test('of what is older than what is deployed asks for confirmation, and both is audited', () => {
    const old = deployed(OLD)
    deployed(NEW)

    expect(() => redeploy(old, 'dev', 'unconfirmed')).toThrow(
      'shop-1 is older than shop-2, which is deployed to dev. Confirm that it shall go back to it',
    )
    expect(lastAudit()).toMatchObject({ action: 'redeploy', subject: 'shop-1', outcome: 'refused' })
    redeploy(old, 'dev', 'confirmed')
    expect(lastAudit()).toMatchObject({
      ...{ action: 'redeploy', outcome: 'done' },
      detail: 'shop-1 is older than shop-2, which is deployed to dev.',
    })
  })

  test('of what is deployed, or of something newer, asks nothing', () => {
    const old = deployed(OLD)
    const young = deployed(NEW)
    g.prepare(redeploy(old, 'dev'))
    through(young + 1)

    expect(standing('dev')?.origin).toBe(old)
    expect(rowOf(redeploy(young, 'dev', 'unconfirmed')).redeploys).toBe('dev')
    expect(rowOf(redeploy(old, 'dev', 'unconfirmed')).redeploys).toBe('dev')
  })

  test('is refused where it never came, while it goes on, to viewers, and once what it needs was let go', () => {
    const waiting = g.start('shop')
    g.finish(waiting)
    through(waiting)

    expect(() => redeploy(waiting, 'production')).toThrow('shop-1 was never deployed to production')
    expect(() => redeploy(waiting, 'dev')).toThrow(
      'shop-1 is Approval Pending; it can be deployed again once',
    )
    g.ledger.reject(waiting, 'production', person('alice'), 'no')
    expect(() => g.ledger.redeploy(waiting, 'dev', person('eve', 'viewer'), 'confirmed')).toThrow(
      'Deploying needs the role executor; eve is a viewer.',
    )
    g.pass(DAY_MS)
    for (const effect of g.store.effects.releases(g.now(), 100)) g.ledger.attempt(effect.id, null)
    expect(() => redeploy(waiting, 'dev')).toThrow('What build of shop-1 kept for later stages is not there')
  })

  test('is not stopped by another environment that is inactive, and is by its own', () => {
    const old = deployed(OLD)
    g.save(environment('dev', { active: false }))

    expect(rowOf(redeploy(old, 'production')).redeploys).toBe('production')
    expect(() => redeploy(old, 'dev')).toThrow('Environment dev is not active')
  })

  test('that failed is run again as one, from its deploy or before it was planned', () => {
    const old = deployed(OLD)
    const failed = redeploy(old, 'dev')
    const invalid = redeploy(old, 'dev')
    g.prepare(failed)
    g.begin(failed)
    g.finish(failed, 'failed')
    g.ledger.news(invalid, { type: 'validation.failed', reason: 'No.' }, { actor: person('dave') })

    for (const [id, from, of] of [
      [failed, 'failed', failed],
      [failed, 'start', failed],
      [invalid, 'failed', old],
    ] as const) {
      const again = g.ledger.rerun(id, from, person('dave')).id
      g.prepare(again)

      expect(rowOf(again)).toMatchObject({ rerunOf: of, redeploys: 'dev' })
      expect(stages(again)).toContain('deploy.dev waiting')
      expect(stages(again)).toContain('build succeeded')
      through(again)
    }
  })

  test('that would begin anywhere but at its deploy says so', () => {
    const again = redeploy(deployed(OLD), 'dev')
    const plan = { stages: [], segments: [] }

    expect(g.ledger.unresumable(again, plan)).toBe(
      'Not all that comes before the deploy to dev can be taken over by now. Run shop-1 again from the start.',
    )
  })
})

describe('A gate before something newer', () => {
  beforeEach(() => g.save(environment('production', { manual: true })))

  /** At the gate, while something newer came to production. */
  function overtaken(): number {
    const slow = g.trigger('shop')
    g.prepare(slow, OLD)
    through(slow)
    through(slow)
    const fast = g.trigger('shop')
    g.prepare(fast, NEW)
    through(fast)
    through(fast)
    g.ledger.deploy(fast, 'production', person('dave'), null)
    through(fast)
    return slow
  }

  test('is opened with a confirmation alone', () => {
    const slow = overtaken()

    expect(() => g.ledger.deploy(slow, 'production', person('dave'), null)).toThrow(
      'shop-1 is older than shop-2',
    )
    expect(g.status(slow)).toBe('deployment-pending')
    g.ledger.deploy(slow, 'production', person('dave'), null, 'confirmed')

    expect(g.status(slow)).toBe('running')
    expect(lastAudit()).toMatchObject({
      ...{ action: 'deploy', outcome: 'done' },
      detail: 'shop-1 is older than shop-2, which is deployed to production.',
    })
  })

  test('asks nothing of a later execution that runs the same commit again', () => {
    overtaken()
    const nightly = g.trigger('shop')
    g.prepare(nightly, NEW)
    through(nightly)
    through(nightly)

    expect(g.ledger.olderThere(nightly, 'production')).toBeNull()
    g.ledger.deploy(nightly, 'production', person('dave'), null)
  })

  test('asks where an old commit is run once more from its start', () => {
    const slow = overtaken()
    g.ledger.terminate(slow, person('dave'), null)
    const again = g.ledger.rerun(slow, 'start', person('dave')).id
    g.prepare(again)

    expect(g.ledger.olderThere(again, 'production')).toBe(
      'shop-3 is older than shop-2, which is deployed to production.',
    )
  })
})
