import { beforeEach, describe, expect, test } from 'bun:test'
import { environment, ledgerGround, person, workflow } from './ground.ts'

const production = { manual: true, approvers: ['alice', 'bob', 'carol'], quorum: 2, selfApproval: false }

describe('at an approval gate', () => {
  let g: ReturnType<typeof ledgerGround>
  let id: number
  beforeEach(() => {
    g = ledgerGround()
    g.save(
      environment('production', production),
      workflow('shop', { deploy: [{ environment: 'production' }] }),
    )
    id = g.start('shop', person('carol'))
    g.finish(id)
  })

  test('an execution that comes to it waits there and holds nothing', () => {
    expect(g.status(id)).toBe('approval-pending')
    expect(g.store.segments.openOn('local')).toBe(0)
    expect(g.store.gates.one(id, 'production')?.state).toBe('open')
  })

  test('below the quorum nothing opens', () => {
    g.ledger.approve(id, 'production', person('alice'), null)

    expect(g.status(id)).toBe('approval-pending')
  })

  test('at the quorum the next segment is submitted', () => {
    g.ledger.approve(id, 'production', person('alice'), null)
    g.ledger.approve(id, 'production', person('bob'), 'good')

    expect(g.status(id)).toBe('running')
    expect(
      g.store.effects.open(id).map((effect) => `${effect.kind} ${effect.segment} ${effect.state}`),
    ).toContain('submit 1 due')
  })

  test('a second approval by the same person does not count', () => {
    g.ledger.approve(id, 'production', person('alice'), null)

    expect(() => g.ledger.approve(id, 'production', person('alice'), null)).toThrow(
      /decided about production already/,
    )
    expect(g.status(id)).toBe('approval-pending')
  })

  test('whoever triggered cannot approve where another person is wanted', () => {
    expect(() => g.ledger.approve(id, 'production', person('carol'), null)).toThrow(/another person/)
  })

  test('local-admin cannot approve, and the refusal is audited', () => {
    const admin = person('local-admin', 'admin', true)

    expect(() => g.ledger.approve(id, 'production', admin, null)).toThrow(/local-admin cannot approve/)
    expect(g.store.audit.list({ limit: 1 })[0]).toMatchObject({
      actor: 'local-admin',
      action: 'approve',
      outcome: 'refused',
    })
  })

  test('of two people deciding at once the second learns which decision stands', () => {
    g.ledger.reject(id, 'production', person('alice'), 'not today')

    expect(() => g.ledger.approve(id, 'production', person('bob'), null)).toThrow(
      'The gate of production was rejected by alice; execution shop-1 is Approval Rejected.',
    )
  })

  test('a stale click on another environment opens nothing', () => {
    expect(() => g.ledger.approve(id, 'staging', person('alice'), null)).toThrow(
      /does not wait at the gate of staging/,
    )
    expect(g.status(id)).toBe('approval-pending')
  })

  test('a termination closes it at once', () => {
    g.ledger.terminate(id, person('dave'), 'enough')

    expect(g.status(id)).toBe('terminated')
    expect(g.store.gates.one(id, 'production')?.state).toBe('terminated')
    expect(g.store.executions.byId(id)?.strip).toBe('ss-s---t-')
  })
})

test('a gate that nobody decides expires', () => {
  const g = ledgerGround()
  g.save(
    environment('production', { ...production, expires: '1h' }),
    workflow('shop', { deploy: [{ environment: 'production' }] }),
  )
  const id = g.start('shop')
  g.finish(id)

  g.pass(3_599_999)
  g.ledger.tick()
  expect(g.status(id)).toBe('approval-pending')
  g.pass(1)
  g.ledger.tick()

  expect(g.status(id)).toBe('approval-rejected')
})

test('local-admin may trigger a deployment gate, a viewer may not', () => {
  const g = ledgerGround()
  g.save(environment('staging', { manual: true }), workflow('shop', { deploy: [{ environment: 'staging' }] }))
  const id = g.start('shop')
  g.finish(id)

  expect(g.status(id)).toBe('deployment-pending')
  expect(() => g.ledger.deploy(id, 'staging', person('eve', 'viewer'), null)).toThrow(/must be an executor/)
  g.ledger.deploy(id, 'staging', person('local-admin', 'admin', true), null)

  expect(g.status(id)).toBe('running')
})

test('a deploy that succeeded is what stands in its environment, by whoever let it through', () => {
  const g = ledgerGround()
  g.save(environment('staging', { manual: true }), workflow('shop', { deploy: [{ environment: 'staging' }] }))
  const id = g.start('shop')
  g.finish(id)
  g.ledger.deploy(id, 'staging', person('alice'), null)
  g.begin(id)

  g.finish(id)

  expect(g.status(id)).toBe('succeeded')
  expect(g.store.deployments.recent(1)[0]).toMatchObject({ executionId: id, deployedBy: 'alice' })
})
