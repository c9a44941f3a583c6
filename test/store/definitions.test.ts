import { expect, test } from 'bun:test'
import { anEnvironment } from '../domain/definitions.ts'
import { openTestStore, saveWorkflow } from './fixture.ts'

test('each save of a workflow is a new version, and the same text again is none', () => {
  const store = openTestStore()
  const id = saveWorkflow(store, 'shop', 'one')

  saveWorkflow(store, 'shop', 'one')
  saveWorkflow(store, 'shop', 'two')

  expect(store.workflows.versions(id).map((version) => version.number)).toEqual([2, 1])
  expect(store.workflows.version(id, 1)?.text).toBe('one')
  expect(store.workflows.bySlug('shop')).toMatchObject({ id, version: 2, executions: 0 })
})

test('going back to an older text is a version of its own', () => {
  const store = openTestStore()
  const id = saveWorkflow(store, 'shop', 'one')

  saveWorkflow(store, 'shop', 'two')
  saveWorkflow(store, 'shop', 'one')

  expect(store.workflows.bySlug('shop')?.version).toBe(3)
  expect(store.workflows.version(id, 3)?.text).toBe('one')
})

test('a version can never be changed', () => {
  const store = openTestStore()
  saveWorkflow(store, 'shop', 'one')

  expect(() => store.state.sqlite.run("UPDATE versions SET text = 'better'")).toThrow(
    'a version is never changed',
  )
})

test.each(['new', 'Shop', 'sh op', '', 'x'.repeat(41)])('%p is no slug, whoever asks', (slug) => {
  expect(() => saveWorkflow(openTestStore(), slug)).toThrow('CHECK')
})

test('workflows are listed by name and their executions numbered from 1', () => {
  const store = openTestStore()
  const shop = saveWorkflow(store, 'shop')
  const cart = saveWorkflow(store, 'cart')

  expect([shop, shop, cart].map((id) => store.workflows.nextNumber(id))).toEqual([1, 2, 1])
  expect(store.workflows.list().map((workflow) => workflow.slug)).toEqual(['cart', 'shop'])
})

test('saving an environment again replaces its rules and keeps its beginning', () => {
  const store = openTestStore()
  const save = (active: boolean, now: number) =>
    store.environments.save({
      slug: 'dev',
      text: `active: ${active}`,
      definition: anEnvironment({ active }),
      by: 'alice',
      now,
    })
  save(true, 1)

  save(false, 2)

  expect(store.environments.bySlug('dev')).toMatchObject({
    active: 0,
    createdAt: 1,
    updatedAt: 2,
    text: 'active: false',
  })
  expect(store.environments.definitions().get('dev')?.active).toBe(false)
  expect(store.environments.list().length).toBe(1)
})

test('secrets are kept sealed, told by name only, and replaced by name', () => {
  const store = openTestStore()
  store.secrets.put('npm-token', Uint8Array.of(1, 2), 'alice', 1)

  store.secrets.put('npm-token', Uint8Array.of(3), 'bob', 2)

  expect(store.secrets.names()).toEqual([{ name: 'npm-token', updatedAt: 2, updatedBy: 'bob' }])
  expect(store.secrets.sealed('npm-token')).toEqual(Buffer.of(3))
  expect(store.secrets.remove('npm-token')).toBe(true)
  expect(store.secrets.remove('npm-token')).toBe(false)
  expect(store.secrets.sealed('npm-token')).toBeNull()
})
