import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sarif, shelve } from '../report/shelve.ts'
import { type Harness, startHarness } from './harness.ts'

const NAME = 'build.lint'
let server: Harness
let before = ''
let after = ''

beforeAll(async () => {
  server = await startHarness()
  await server.define(['storefront'])
  const texts = [sarif('error:stays', 'goes', 'stays too'), sarif('stays too', 'comes', 'error:stays')]
  const ids: string[] = []
  for (const text of texts) {
    const id = await server.trigger()
    server.script.prepare(id)
    ids.push(id)
    shelve(server, { executionId: server.script.rowOf(id).id, stage: 0, name: NAME, format: 'sarif', text })
  }
  ;[before = '', after = ''] = ids
})
afterAll(() => server.close())

const at = (rest = '') => `/api/v1/executions/${after}/reports/${NAME}${rest}`

describe('a report', () => {
  test('is held against the last execution of its branch that has it', async () => {
    expect(await server.json(at())).toMatchObject({
      ...{ state: 'read', stage: 'validation', producer: 'Linter', comparedWith: before },
      counts: { critical: 0, high: 1, medium: 2, low: 0, info: 0 },
      ...{ fresh: 1, fixed: 1, ignored: 0, tests: null },
    })
    expect(await server.json(`/api/v1/executions/${before}/reports/${NAME}`)).toMatchObject({
      ...{ comparedWith: null, fresh: 0, fixed: 0 },
    })
  })

  test('has its findings page by page, the worst first, fixed ones among them', async () => {
    const items: { rule: string; standing: string; since: string }[] = []
    for (let next: string | null = at('/findings?limit=1'); next !== null; ) {
      const page = await server.json(next)
      expect(page.items).toHaveLength(1)
      items.push(...page.items)
      next = page.next
    }

    expect(items.map(({ rule, standing, since }) => [rule, standing, since])).toEqual([
      ['stays', 'known', before],
      ['stays too', 'known', before],
      ['comes', 'new', after],
      ['goes', 'fixed', before],
    ])
  })

  test('is narrowed by severity, by standing and by text, in whatever case', async () => {
    const rules = async (query: string) =>
      (await server.json(at(`/findings?${query}`))).items.map((one: { rule: string }) => one.rule)

    expect(await rules('severity=high&severity=low')).toEqual(['stays'])
    expect(await rules('show=fixed')).toEqual(['goes'])
    expect(await rules('q=SRC/com')).toEqual(['comes'])
    expect(await rules('q=%25')).toEqual([])
  })

  test('is downloaded as it was written, as CSV and as SARIF', async () => {
    const document = await server.call(at('/document'))
    const csv = await (await server.call(at('/findings.csv'))).text()
    const again = JSON.parse(await (await server.call(at('/findings.sarif'))).text())

    expect(document.headers.get('content-disposition')).toBe(`attachment; filename="${NAME}.sarif"`)
    expect(await document.text()).toBe(sarif('stays too', 'comes', 'error:stays'))
    expect(csv.split('\r\n')[0]).toStartWith('severity,standing,rule,message,file,line')
    expect(csv.split('\r\n')[1]).toStartWith('high,known,stays,')
    expect(again.runs[0].results.map((one: { ruleId: string }) => one.ruleId)).toEqual([
      ...['stays', 'stays too', 'comes'],
    ])
  })

  test('that is not there is told with the one that was meant', async () => {
    const answer = await server.call(at().replace('lint', 'lnt'))

    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('Did you mean build.lint?')
  })

  test('all of an execution come as one zip file that unzip reads', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'periplus-zip-'))
    try {
      const file = join(dir, 'reports.zip')
      const answer = await server.call(`/api/v1/executions/${after}/reports.zip`)
      writeFileSync(file, new Uint8Array(await answer.arrayBuffer()))
      const script = `import zipfile,sys; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.read('${NAME}.sarif').decode())`
      const read = Bun.spawnSync(['python3', '-c', script, file])

      expect(read.stdout.toString()).toBe(`None ${sarif('stays too', 'comes', 'error:stays')}\n`)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})

describe('a finding that is ignored', () => {
  const ignore = (fingerprint: string, days: number | null) =>
    server.json('/api/v1/workflows/storefront/ignores', {
      json: { execution: after, report: NAME, fingerprint, reason: 'a test file', days },
    })

  test('is shown, not counted, in older executions, too, until its time is over', async () => {
    const { items } = await server.json(at('/findings?q=comes'))
    const { fingerprint } = items[0]
    const made = await ignore(fingerprint, 30)

    expect(made).toMatchObject({ rule: 'comes', place: 'src/comes.ts:2', reason: 'a test file' })
    expect(await server.json(at())).toMatchObject({ counts: { medium: 1 }, fresh: 0, ignored: 1 })
    expect((await server.json(at('/findings?show=ignored'))).items).toMatchObject([
      { rule: 'comes', ignored: true },
    ])
    expect((await server.json(at('/findings?show=new'))).items).toEqual([])

    server.clock.now += 31 * 86_400_000
    expect((await server.json(at('/findings?show=new'))).items).toMatchObject([
      { rule: 'comes', ignored: false },
    ])
  })

  test('counts again when somebody wants that; both are audited', async () => {
    const { items } = await server.json(at('/findings?severity=high'))
    await ignore(items[0].fingerprint, null)
    expect(await server.json(`/api/v1/executions/${before}/reports/${NAME}`)).toMatchObject({
      counts: { high: 0 },
    })

    await server.call(`/api/v1/workflows/storefront/ignores/${items[0].fingerprint}`, { method: 'DELETE' })

    expect(await server.json(at())).toMatchObject({ counts: { high: 1 } })
    expect(server.store.audit.list({ limit: 2 }).map(({ action, subject }) => [action, subject])).toEqual([
      ['finding.unignore', 'storefront'],
      ['finding.ignore', 'storefront'],
    ])
  })

  test('is one of that workflow and that report', async () => {
    const wish = { execution: after, report: NAME, fingerprint: 'none', reason: 'x' }

    expect((await server.call('/api/v1/workflows/storefront/ignores', { json: wish })).status).toBe(404)
  })
})

test('tests are told with what failed first, newly failing and mended ones by their standing', async () => {
  const junit = (...failing: string[]) =>
    `<testsuite name="s">${['a', 'b', 'c'].map((name) => `<testcase name="${name}" time="0.${name.charCodeAt(0)}">${failing.includes(name) ? '<failure message="no"/>' : ''}</testcase>`).join('')}</testsuite>`
  const name = 'build.tests'
  for (const id of [before, after]) {
    const text = id === before ? junit('a', 'b') : junit('b', 'c')
    shelve(server, { executionId: server.script.rowOf(id).id, stage: 0, name, format: 'junit', text })
  }

  const path = `/api/v1/executions/${after}/reports/${name}`
  const { items } = await server.json(`${path}/tests`)

  expect(items.map((one: { name: string; standing: string }) => [one.name, one.standing])).toEqual([
    ['c', 'new'],
    ['b', 'known'],
    ['a', 'fixed'],
  ])
  expect(await server.json(path)).toMatchObject({
    tests: { failed: 2, error: 0, skipped: 0, passed: 1, fresh: 1, fixed: 1 },
  })
})
