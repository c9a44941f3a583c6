import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { controlName } from '../../src/domain/form/control.ts'
import { browserOf } from './browser.ts'
import { type Harness, startHarness, workflowText } from './harness.ts'

/** The builder as a browser without a script uses it: forms sent, pages read. */

let server: Harness
let csrf = ''
let alice: ReturnType<typeof browserOf>

beforeAll(async () => {
  server = startHarness()
  await server.define(['storefront', 'docs'], ['dev', 'production'])
  alice = browserOf(server)
  await alice.enter('editor')
  csrf = await alice.csrf()
})
afterAll(() => server.close())

const TEXT = workflowText('storefront', ['dev', 'production'])

/** Nobody has changed anything, and the workflow says what it said. */
beforeEach(async () => {
  for (const slug of ['storefront', 'docs']) {
    const row = server.store.workflows.bySlug(slug)
    for (const owner of ['editor', 'admin']) server.store.drafts.remove({ owner, workflowId: row?.id ?? 0 })
  }
  server.store.drafts.remove({ owner: 'editor', workflowId: 0 })
  await server.call('/api/v1/workflows/storefront', { method: 'PUT', json: { text: TEXT } })
})

interface Page {
  readonly status: number
  readonly html: string
  readonly location: string
}

async function got(path: string): Promise<Page> {
  return pageOf(await alice.go(path))
}

async function pageOf(response: Response): Promise<Page> {
  const html = await response.text()
  return { status: response.status, html, location: response.headers.get('location') ?? '' }
}

/** What stands in a hidden field of a page, or in its editor. */
function held(html: string, name: string): string {
  const found =
    name === 'text'
      ? /<textarea id="text"[^>]*>\n([^<]*)<\/textarea>/.exec(html)
      : new RegExp(`name="${name}" value="([^"]*)"`).exec(html)
  return (found?.[1] ?? '')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&')
}

/** Sends the form that a page shows, with some of its fields changed. */
async function sent(path: string, fields: Record<string, string>, page?: Page): Promise<Page> {
  const { html } = page ?? (await got(path))
  const own = Object.fromEntries(['base', 'window', 'seen', 'text'].map((name) => [name, held(html, name)]))
  return pageOf(await alice.submit(path, { csrf, ...own, ...fields }))
}

const field = (key: string, was: string) => controlName({ key, text: was })

const STOREFRONT = '/workflows/storefront'

describe('what is changed', () => {
  test('in a field is written into the text, kept for its author alone, and shown on every tab', async () => {
    const answer = await sent(STOREFRONT, { [field('build.script.run', 'make')]: 'make all' })
    const again = await got(STOREFRONT)

    expect(answer).toMatchObject({ status: 303, location: `${STOREFRONT}?at=build.script.run&` })
    expect(held(again.html, 'text')).toBe(TEXT.replace('run: make', 'run: make all'))
    expect((await got(`${STOREFRONT}?tab=triggers`)).html).toContain('changed since')
    const other = browserOf(server)
    await other.enter('admin')
    expect(held(await (await other.go(STOREFRONT)).text(), 'text')).toBe(TEXT)
    expect(server.store.workflows.bySlug('storefront')?.version).toBe(
      server.store.workflows.versions(1).length,
    )
  })

  test('in the text is shown by the form, whatever it says', async () => {
    await sent(STOREFRONT, { text: TEXT.replace('run: make', 'run: make docs') })

    expect((await got(`${STOREFRONT}?at=build.script`)).html).toContain('\nmake docs</textarea>')
  })

  test('in both at the same place stays as the text has it, and what was typed is said', async () => {
    const answer = await sent(STOREFRONT, {
      text: TEXT.replace('run: make', 'run: by hand'),
      [field('build.script.run', 'make')]: 'by form',
    })

    expect(answer.status).toBe(422)
    expect(held(answer.html, 'text')).toContain('run: by hand')
    expect(answer.html).toContain('You wrote “by form”.')
  })

  test('by a button adds, moves, mends and takes out', async () => {
    await sent(STOREFRONT, { do: 'add tools.preBuild' })
    const moved = await sent(STOREFRONT, { do: 'down deploy[0]' })
    const { html } = await got(STOREFRONT)

    expect(moved.location).toStartWith(`${STOREFRONT}?at=deploy%5B1%5D`)
    expect(held(html, 'text')).toContain('preBuild:\n    - script:\n        run: ""')
    expect(held(html, 'text')).toContain('[{ environment: production }, { environment: dev }]')
    expect(html).toContain('There is nothing to run.')
    await sent(STOREFRONT, { do: 'remove tools.preBuild[0]' })
    await sent(STOREFRONT, { do: 'up deploy[1]' })
    expect(held((await got(STOREFRONT)).html, 'text')).toBe(TEXT)
    expect((await got(STOREFRONT)).html).not.toContain('changed since')
  })

  test('adds a tool with its fields, and a slip in one is told at its field', async () => {
    const added = await sent(STOREFRONT, { do: 'add tools.postBuild.trivy' })
    const { html } = await got(STOREFRONT)

    expect(added.location).toContain('at=tools.postBuild%5B0%5D')
    expect(held(html, 'text')).toContain('postBuild:\n    - trivy:\n        failOn: CRITICAL')
    expect(html).toContain('Looks for')
    await sent(STOREFRONT, { [field('tools.postBuild[0].trivy.severity', '')]: 'HIGH, CRITICL' })
    const slipped = (await got(STOREFRONT)).html
    expect(held(slipped, 'text')).toContain('severity: [HIGH, CRITICL]')
    expect(slipped).toContain('mend CRITICAL tools.postBuild[0].trivy.severity[1]')
  })

  test('that is a slip is mended by the word that was meant', async () => {
    const slips = TEXT.replace('run: make', 'run: make, retires: 2').replace('ent: dev', 'ent: dve')
    const { html } = await got((await sent(STOREFRONT, { text: slips })).location)
    const mends = [...html.matchAll(/value="(mend [^"]+)"/g)].map(([, value = '']) => value)

    for (const mend of mends) await sent(STOREFRONT, { do: mend })

    expect(mends).toEqual(['mend retries build.script.retires', 'mend dev deploy[0].environment'])
    expect(held((await got(STOREFRONT)).html, 'text')).toBe(
      TEXT.replace('run: make', 'run: make, retries: 2'),
    )
  })

  test('is gone when it is discarded, after a question', async () => {
    await sent(STOREFRONT, { [field('timeout', '')]: '2h' })

    expect((await got(`${STOREFRONT}/discard`)).html).toContain('Timeout is 2h.')
    await alice.submit(`${STOREFRONT}/discard`, { csrf })
    expect(held((await got(STOREFRONT)).html, 'text')).toBe(TEXT)
    expect((await got(`${STOREFRONT}/discard`)).status).toBe(303)
  })

  test('in two windows of one person is overwritten by neither unseen', async () => {
    const one = await got(STOREFRONT)
    const other = await got(STOREFRONT)
    await sent(STOREFRONT, { [field('timeout', '')]: '2h' }, one)

    const late = await sent(STOREFRONT, { [field('timeout', '')]: '9h' }, other)

    expect(late.status).toBe(409)
    expect(late.html).toContain('You changed this workflow in another window meanwhile.')
    expect(held(late.html, 'text')).toContain('timeout: 9h')
    expect(held((await got(STOREFRONT)).html, 'text')).toContain('timeout: 2h')
    await sent(STOREFRONT, {}, late)
    expect(held((await got(STOREFRONT)).html, 'text')).toContain('timeout: 9h')
    // A window may write again before it has seen what became of its first writing.
    const window = await got(STOREFRONT)
    await sent(STOREFRONT, { text: TEXT }, window)
    expect((await sent(STOREFRONT, { text: `${TEXT}timeout: 3h\n` }, window)).status).toBe(303)
  })

  test('line ends that a browser sends are none of it', async () => {
    await sent(STOREFRONT, { text: TEXT.replaceAll('\n', '\r\n') })

    expect((await got(STOREFRONT)).html).not.toContain('changed since')
  })
})

describe('Update', () => {
  const version = () => server.store.workflows.bySlug('storefront')?.version ?? 0

  test('saves what was changed as a new version, audited, and leaves no draft', async () => {
    const before = version()

    const answer = await sent(STOREFRONT, { [field('timeout', '')]: '2h', do: 'update' })

    expect(answer).toMatchObject({ status: 303, location: STOREFRONT })
    expect(version()).toBe(before + 1)
    expect((await got(STOREFRONT)).html).not.toContain('changed since')
    expect(server.store.audit.list({ limit: 1 })).toMatchObject([
      { actor: 'editor', action: 'workflow.save', subject: 'workflow:storefront' },
    ])
  })

  test('says what is wrong at the field and at the line, and keeps what was typed', async () => {
    const before = version()

    const answer = await sent(STOREFRONT, { [field('timeout', '')]: 'soon', do: 'update' })

    expect(answer.status).toBe(422)
    expect(answer.html).toContain('1 problem stops the update.')
    expect(answer.html).toMatch(
      /id="f-timeout"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*id="f-timeout"/,
    )
    expect(answer.html).toContain('id="f-timeout-p"')
    expect(answer.html).toContain('id="y4"')
    expect(version()).toBe(before)
    expect((await got(STOREFRONT)).html).toContain('value="soon"')
  })

  test('saves what names something that is not there yet, and says what stops an execution', async () => {
    const text = TEXT.replace('environment: dev', 'environment: moon')

    const answer = await sent(STOREFRONT, { text, do: 'update' })

    expect(answer.status).toBe(303)
    expect((await got(STOREFRONT)).html).toContain('1 problem stops an execution.')
  })

  test('does not overwrite what somebody saved meanwhile, but says what, and does when it is told to', async () => {
    const mine = await got(STOREFRONT)
    await server.call('/api/v1/workflows/storefront', {
      ...{ as: 'admin', method: 'PUT' },
      json: { text: `${TEXT}timeout: 5m\n` },
    })
    const theirs = version()

    const refused = await sent(STOREFRONT, { [field('timeout', '')]: '9h', do: 'update' }, mine)
    const wrong = await sent(STOREFRONT, { do: `over ${theirs - 1}` })
    const over = await sent(STOREFRONT, { do: `over ${theirs}` })

    expect([refused.status, wrong.status, over.status]).toEqual([409, 409, 303])
    expect(refused.html).toContain(`admin saved version ${theirs} meanwhile, so nothing was saved.`)
    expect(refused.html).toContain('Timeout is 5m.')
    expect(refused.html).toContain('– timeout: 5m')
    expect(refused.html).toContain('+ timeout: 9h')
    expect(server.store.workflows.version(1, theirs + 1)?.text).toBe(
      TEXT.replace('build:', 'timeout: 9h\nbuild:'),
    )
  })
})

describe('a new workflow', () => {
  const NEW = '/workflows/new'

  test('is not told what it lacks before it is tried to be saved', async () => {
    await sent(NEW, { [field('name', '')]: 'fresh' })
    expect((await got(NEW)).html).not.toContain('is missing')

    const tried = await sent(NEW, { do: 'update' })

    expect(tried.status).toBe(422)
    expect(tried.html).toContain('url is missing.')
    expect(tried.html).toContain('name="tried"')
  })

  test('is made by its form, and cannot take another’s name', async () => {
    const filled = { [field('source.git.url', '')]: 'https://git.example/x.git', do: 'update' }

    const taken = await sent(NEW, { ...filled, [field('name', '')]: 'docs' })
    const made = await sent(NEW, { [field('name', 'docs')]: 'fresh', do: 'update' })

    expect(taken.html).toContain('There is a workflow docs already. Choose another name.')
    expect(made).toMatchObject({ status: 303, location: '/workflows/fresh' })
    expect(server.store.workflows.bySlug('fresh')?.version).toBe(1)
    expect(held((await got(NEW)).html, 'text')).not.toContain('fresh')
  })
})

describe('Execute Now', () => {
  const DOCS = '/workflows/docs'

  test('saves what was changed and runs it on the branch, tag or commit that was chosen', async () => {
    const branch = await sent(DOCS, { do: 'execute', [field('timeout', '')]: '2h' })
    const tag = await sent(DOCS, { do: 'execute', 'ref-kind': 'tag', ref: 'v1' })
    const sha = await sent(DOCS, { do: 'execute', 'ref-kind': 'sha', ref: 'f'.repeat(40) })

    const rows = [branch, tag, sha].map(({ location }) =>
      server.script.rowOf(location.slice('/executions/'.length)),
    )
    expect(rows.map(({ branch, tag, sha, version }) => [branch, tag, sha, version])).toEqual([
      ['main', null, null, 2],
      [null, 'v1', null, 2],
      [null, null, 'f'.repeat(40), 2],
    ])
    const page = (await got(DOCS)).html
    for (const recent of ['main', 'v1', 'f'.repeat(40)]) expect(page).toContain(`<option value="${recent}">`)
  })

  test('follows the workflow where no other commit was chosen, also to a branch that it names only now', async () => {
    const left = { 'ref-kind': 'branch', ref: 'main', 'ref-own': 'branch main' }

    const run = await sent(DOCS, { ...left, [field('source.git@ref', 'main')]: 'next', do: 'execute' })

    expect(server.script.rowOf(run.location.slice('/executions/'.length)).branch).toBe('next')
  })

  test('asks which branch where the workflow names many', async () => {
    const text = workflowText('docs', ['dev']).replace('branch: main', 'branch: release/*')

    const before = server.store.workflows.bySlug('docs')?.version
    const asked = await sent(DOCS, { text, do: 'execute' })
    expect(server.store.workflows.bySlug('docs')?.version).toBe(before)
    const none = await sent(DOCS, { do: 'execute', 'ref-kind': 'branch', ref: 'main' })
    const one = await sent(DOCS, { do: 'execute', 'ref-kind': 'branch', ref: 'release/1' })

    expect(asked.status).toBe(422)
    expect(asked.html).toContain('Say which branch to run.')
    expect(none.html).toContain('branch main is none of them.')
    expect(one.status).toBe(303)
  })

  test('saves and runs nothing while an environment is inactive, and says so beforehand', async () => {
    const save = (active: boolean) =>
      server.call('/api/v1/environments/dev', {
        method: 'PUT',
        json: { text: `kind: environment\nname: dev\nactive: ${active}\ndeploy: { script: { run: x } }\n` },
      })
    await save(false)
    const before = server.store.workflows.bySlug('storefront')

    const page = await got(STOREFRONT)
    const answer = await sent(STOREFRONT, { [field('timeout', '')]: '2h', do: 'execute' })
    await save(true)

    expect(page.html).toContain('Environment dev is inactive.')
    expect(answer).toMatchObject({ status: 422 })
    expect(answer.html).toContain('1 problem stops an execution.')
    expect(server.store.workflows.bySlug('storefront')).toEqual(before)
  })

  test('is an executor’s too, of what is saved and of nothing else', async () => {
    const executor = browserOf(server)
    await executor.enter('executor')
    const field = await executor.csrf()
    const before = server.store.workflows.bySlug('storefront')

    const page = await (await executor.go(STOREFRONT)).text()
    const run = await executor.submit(STOREFRONT, { csrf: field, do: 'execute', text: 'rubbish' })
    const save = await executor.submit(STOREFRONT, { csrf: field, do: 'update', text: TEXT })

    expect(page).toContain('Execute Now')
    expect(page).not.toContain('Update')
    expect(run.headers.get('location')).toStartWith('/executions/storefront-')
    expect(save.status).toBe(403)
    expect(server.store.workflows.bySlug('storefront')?.version).toBe(before?.version)
  })
})

describe('versions', () => {
  test('are listed with what they changed, shown, compared and restored as new ones', async () => {
    const number = server.store.workflows.bySlug('storefront')?.version ?? 0
    await sent(STOREFRONT, { [field('timeout', '')]: '2h', do: 'update' })

    const list = await got(`${STOREFRONT}?tab=versions`)
    const old = await got(`${STOREFRONT}?version=${number}`)
    const both = await got(`${STOREFRONT}?tab=versions&from=${number}&to=${number + 1}`)
    const restored = await pageOf(
      await alice.submit(`${STOREFRONT}/restoration`, { csrf, version: String(number) }),
    )

    expect(list.html).toContain('Timeout is 2h.')
    expect(old.html).toContain(`Version ${number}`)
    expect(both.html).toContain('+ timeout: 2h')
    expect(restored).toMatchObject({ status: 303, location: `${STOREFRONT}?tab=versions` })
    expect(server.store.workflows.version(1, number + 2)?.text).toBe(TEXT)
    expect((await got(`${STOREFRONT}?version=999`)).status).toBe(404)
  })
})

describe('variables and triggers', () => {
  test('a secret is named, led to, and never told', async () => {
    await server.call('/api/v1/secrets/npm-token', { method: 'PUT', json: { value: 'hunter2hunter2' } })
    const variables = 'variables: { A: plain, B: { secret: npm-token }, C: { secret: nowhere } }\n'
    await sent(STOREFRONT, { text: TEXT + variables, do: 'update' })

    const { html } = await got(`${STOREFRONT}?tab=variables`)

    expect(html).toContain('plain')
    expect(html).toContain('href="/settings/secrets/npm-token"')
    expect(html).not.toContain('href="/settings/secrets/nowhere"')
    expect(html).toContain('There is no such secret yet.')
    expect(html).not.toContain('hunter2')
  })

  test('the command that begins an execution is one that works', async () => {
    const { html } = await got(`${STOREFRONT}?tab=triggers`)
    const body = /-d &#39;(\{.*?\})&#39;/.exec(html)?.[1]?.replaceAll('&quot;', '"') ?? ''

    expect((await server.call('/api/v1/executions', { json: JSON.parse(body) })).status).toBe(201)
  })
})

test('whatever rubbish a form sends, it is answered, and by no mistake of ours', async () => {
  const names = fc.oneof(
    fc.constantFrom('text', 'do', 'base', 'window', 'seen', 'ref', 'ref-kind', 'tried', 'version'),
    fc.constantFrom('f.x.name', 'f.0.tools', field('deploy[0].environment', 'dev'), field('x', '')),
    fc.string({ maxLength: 20 }),
  )
  const values = fc.oneof(
    fc.constantFrom(TEXT, 'a: [', '&a *a', '- 1', 'kind: environment', '{}', `${TEXT}---\n${TEXT}`, '\u0000'),
    fc.constantFrom('apply', 'plan', 'add tools.preBuild', 'add x', 'remove ', 'up deploy[9]', 'mend a b'),
    fc.constantFrom('update', 'execute', 'over 99', 'over x', 'tag', 'sha', '-1', '9'.repeat(40)),
    fc.string({ unit: 'binary', maxLength: 40 }),
  )
  const paths = fc.constantFrom(
    STOREFRONT,
    '/workflows/new',
    `${STOREFRONT}/restoration`,
    `${STOREFRONT}/discard`,
  )
  await fc.assert(
    fc.asyncProperty(paths, fc.dictionary(names, values, { maxKeys: 6 }), async (path, fields) => {
      const answer = await alice.submit(path, { ...fields, csrf })
      const after = await alice.go('/workflows/storefront')
      await answer.body?.cancel()

      expect([answer.status < 500, after.status]).toEqual([true, 200])
    }),
    { numRuns: 300 },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(STOREFRONT, `${STOREFRONT}/dry-run`, '/workflows/new', '/workflows/new/dry-run'),
      fc.dictionary(
        fc.constantFrom('tab', 'version', 'from', 'to', 'before', 'at', 'ref', 'ref-kind', 'event'),
        fc.oneof(
          fc.constantFrom('versions', 'history', 'draft', '1', '0', 'sha'),
          fc.string({ maxLength: 20 }),
        ),
      ),
      async (path, query) => {
        const answer = await alice.go(`${path}?${new URLSearchParams(query)}`)
        await answer.body?.cancel()

        expect(answer.status).toBeLessThan(500)
      },
    ),
    { numRuns: 150 },
  )
  expect(server.logged.filter((line) => line.level === 'error')).toEqual([])
}, 120_000)
