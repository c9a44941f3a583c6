import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Person, Role } from '../../src/domain/actor.ts'
import { ROLES } from '../../src/domain/actor.ts'
import { approvalsMissing, gateOf, mayDecide } from '../../src/domain/gate.ts'
import type { GateRule } from '../../src/domain/plan.ts'
import { anEnvironment, aStep } from './definitions.ts'

function person(name: string, role: Role = 'viewer'): Person {
  return { kind: 'person', name, role, local: false }
}
const localAdmin: Person = { kind: 'person', name: 'local-admin', role: 'admin', local: true }

const approval: GateRule = {
  kind: 'approval',
  environment: 'production',
  approvers: ['alice', 'bob'],
  quorum: 2,
  selfApproval: true,
  expiresMs: null,
}
const deployment: GateRule = { ...approval, kind: 'deployment', approvers: [], quorum: 1 }

describe('an approval gate', () => {
  test('lets its approvers decide, whatever their role', () => {
    for (const role of ROLES) {
      expect(
        mayDecide(approval, { person: person('alice', role), triggeredBy: 'carol', decided: [] }),
      ).toBeNull()
    }
  })

  test('lets nobody else decide, an admin neither, and names its approvers', () => {
    expect(mayDecide(approval, { person: person('carol', 'admin'), triggeredBy: 'dave', decided: [] })).toBe(
      'carol is no approver of production. Its approvers are alice, bob.',
    )
  })

  test('does not let local-admin decide', () => {
    const rule = { ...approval, approvers: ['local-admin'] }

    expect(mayDecide(rule, { person: localAdmin, triggeredBy: 'carol', decided: [] })).toContain(
      'local-admin cannot approve',
    )
  })

  test('does not count a second approval by the same person', () => {
    expect(
      mayDecide(approval, { person: person('alice'), triggeredBy: 'carol', decided: ['alice'] }),
    ).toContain('already')
  })

  test('lets people decide about what they triggered themselves, unless the environment forbids it', () => {
    const asked = { person: person('alice'), triggeredBy: 'alice', decided: [] }

    expect(mayDecide(approval, asked)).toBeNull()
    expect(mayDecide({ ...approval, selfApproval: false }, asked)).toContain('another person’s decision')
  })

  test('opens at its quorum', () => {
    expect([0, 1, 2, 3].map((approvals) => approvalsMissing(approval, approvals))).toEqual([2, 1, 0, 0])
  })
})

describe('a deployment gate', () => {
  test('is triggered by whoever may execute', () => {
    const may = ROLES.filter(
      (role) =>
        mayDecide(deployment, { person: person('carol', role), triggeredBy: 'carol', decided: [] }) === null,
    )

    expect(may).toEqual(['executor', 'editor', 'admin'])
  })

  test('is triggered by local-admin', () => {
    expect(mayDecide(deployment, { person: localAdmin, triggeredBy: 'carol', decided: [] })).toBeNull()
  })
})

describe('the rules of a gate', () => {
  test('an environment that asks for nothing has none', () => {
    expect(gateOf(anEnvironment(), aStep())).toBeNull()
  })

  test('a workflow may add a gate', () => {
    expect(gateOf(anEnvironment(), aStep({ manual: true }))?.kind).toBe('deployment')
  })

  test('a workflow may name approvers where the environment names none', () => {
    const rule = gateOf(anEnvironment(), aStep({ manual: true, approvers: ['carol'] }))

    expect(rule).toMatchObject({ kind: 'approval', approvers: ['carol'], quorum: 1 })
  })

  test('the environment’s approvers stand, whoever the workflow names', () => {
    const environment = anEnvironment({ manual: true, approvers: ['alice'] })

    expect(gateOf(environment, aStep({ manual: true, approvers: ['carol'] }))?.approvers).toEqual(['alice'])
  })

  test('a deployment gate does not expire', () => {
    expect(gateOf(anEnvironment({ manual: true, expiresMs: 1_000 }), aStep())?.expiresMs).toBeNull()
  })

  test('a workflow never loosens what the environment asks for', () => {
    const times = fc.option(fc.integer({ min: 1, max: 1_000 }))
    const names = fc.uniqueArray(fc.constantFrom('alice', 'bob', 'carol'))
    const environments = fc.record({
      manual: fc.boolean(),
      approvers: names,
      quorum: fc.integer({ min: 1, max: 3 }),
      selfApproval: fc.boolean(),
      expiresMs: times,
    })
    const steps = fc.record({
      manual: fc.boolean(),
      approvers: names,
      quorum: fc.option(fc.integer({ min: 1, max: 3 })),
      expiresMs: times,
    })

    fc.assert(
      fc.property(environments, steps, (own, added) => {
        const before = gateOf(anEnvironment(own), aStep())
        const after = gateOf(anEnvironment(own), aStep(added))
        if (before === null) return
        expect(after).not.toBeNull()
        expect(before.kind === 'approval' ? after?.approvers : before.approvers).toEqual(before.approvers)
        expect(after?.quorum).toBeGreaterThanOrEqual(before.quorum)
        expect(after?.selfApproval).toBe(before.selfApproval)
        if (before.expiresMs !== null) expect(after?.expiresMs).toBeLessThanOrEqual(before.expiresMs)
      }),
    )
  })
})
