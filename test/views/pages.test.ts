import { describe, expect, test } from 'bun:test'
import { type HistoryFilter, NO_FILTER, within } from '../../src/domain/filter.ts'
import { STATUS_WORDS, STATUSES } from '../../src/domain/status.ts'
import { analyticsPage } from '../../views/analytics/page.tsx'
import { approvalsPage } from '../../views/approvals.tsx'
import { executionPage, executionParts } from '../../views/execution/page.tsx'
import { terminatePage } from '../../views/execution/terminate.tsx'
import { historyPage, historyParts } from '../../views/history/page.tsx'
import { PLAIN_QUERY } from '../../views/log/model.ts'
import { signInPage } from '../../views/login.tsx'
import { overviewPage } from '../../views/overview.tsx'
import { pipelinesPage } from '../../views/pipelines.tsx'
import { problemPage } from '../../views/problem.tsx'
import {
  analytics,
  executionLine,
  executionProps,
  FRAME,
  gateLine,
  HOSTILE,
  historyProps,
  logWindow,
  stageLine,
} from './fixtures.ts'
import { SETTINGS } from './settings.ts'
import { WORKFLOWS } from './workflows.ts'

const hostile = executionLine({
  title: HOSTILE,
  branch: HOSTILE,
  triggeredBy: HOSTILE,
  reason: HOSTILE,
  waitingFor: HOSTILE,
})

const pipeline = {
  ...{ slug: 'storefront', executions: 2, last: hostile, usualMs: 60_000 },
  soundings: [
    { id: 'storefront-1', well: true, ms: 60_000 },
    { id: 'storefront-2', well: false, ms: 1 },
  ],
}

const PAGES: Readonly<Record<string, string>> = {
  ...SETTINGS,
  ...WORKFLOWS,
  executions: historyPage(
    FRAME,
    historyProps({ rows: [hostile], filter: { ...historyProps().filter, q: HOSTILE, branch: HOSTILE } }),
  ),
  'parts of executions': historyParts(FRAME, { ...historyProps({ rows: [hostile] }), fresh: 3 }),
  execution: executionPage(
    FRAME,
    executionProps({ execution: hostile, gates: [gateLine({ refusal: HOSTILE })] }),
  ),
  'a failed execution': executionPage(
    FRAME,
    executionProps({
      execution: { ...hostile, status: 'failed', finishedAt: FRAME.now },
      stages: [stageLine({ status: 'failed', reason: HOSTILE, exitCode: 2, finishedAt: FRAME.now })],
      log: logWindow({
        total: 1,
        sealed: true,
        lines: [{ number: 1, at: 0, text: HOSTILE, kind: 'line' }],
        query: { ...PLAIN_QUERY, find: 'text', q: HOSTILE },
        found: {
          ...{ count: 1, index: 1, line: 1, previous: 1, next: 1, since: HOSTILE, problem: HOSTILE },
          spansIn: () => [[1, 4]],
        },
        fresh: { since: HOSTILE, count: 1, runs: [[1, 1]] },
        firstError: 1,
      }),
      baseline: {
        id: HOSTILE,
        commits: [{ sha: HOSTILE, title: HOSTILE, author: HOSTILE, execution: HOSTILE }],
      },
      rerun: { from: HOSTILE, gone: null, kept: 1 },
    }),
  ),
  'its termination': terminatePage(
    { ...FRAME, path: '/executions/storefront-12/terminate' },
    executionProps(),
  ),
  overview: overviewPage(FRAME, {
    waiting: [],
    running: [{ ...hostile, usualMs: 60_000 }],
    wrong: [hostile],
    pipelines: [pipeline],
    since: 0,
  }),
  pipelines: pipelinesPage(FRAME, { pipelines: [pipeline], since: 0 }),
  approvals: approvalsPage(FRAME, {
    mine: [
      {
        id: 'storefront-12',
        environment: 'production',
        kind: 'approval',
        title: HOSTILE,
        askedAt: 0,
        expiresAt: null,
        missing: 1,
      },
    ],
    others: [],
    since: 0,
  }),
  'sign in': signInPage({ ...FRAME, visitor: null }, { name: HOSTILE, next: HOSTILE, findings: [] }),
  'a problem': problemPage(FRAME, {
    status: 404,
    title: 'Not found',
    detail: HOSTILE,
    findings: [],
    request: 'r1',
  }),
  analytics: analyticsPage(FRAME, {
    analytics: analytics({
      workflow: HOSTILE,
      failing: [{ workflow: HOSTILE, stage: HOSTILE, failed: 1, flaky: 1 }],
    }),
    place: { tab: 'across', workflow: HOSTILE, range: { period: 'day', count: 7 }, environment: HOSTILE },
    workflows: [HOSTILE],
    environments: [HOSTILE],
  }),
}

describe.each(Object.entries(PAGES))('%s', (name, markup) => {
  test('lets nothing that people write become markup', () => {
    expect(markup).not.toContain('<script>')
    expect(markup).not.toContain('<img')
    expect(markup).not.toContain('</textarea>">')
  })

  test('has no style and no script of its own, which the policy would refuse', () => {
    expect(markup).not.toMatch(/ style=| on[a-z]+=["']| hx-on/)
    expect(markup).not.toMatch(/<style|javascript:/)
  })

  test('has one main heading, a way past the menu and a label for each field', () => {
    if (name.startsWith('parts')) return
    expect(markup.match(/<h1/g)).toHaveLength(1)
    expect(markup).toContain('<a class="skip" href="#main">')
    for (const [, id] of markup.matchAll(
      /<(?:input|textarea)(?![^>]*type="(?:hidden|checkbox)")[^>]* id="([^"]+)"/g,
    ))
      expect(markup).toContain(`for="${id}"`)
  })

  test('shows the hidden field in every form that changes something', () => {
    const forms = [...markup.matchAll(/<form[^>]*method="post"[^>]*>.*?<\/form>/gs)].map(([form]) => form)
    if (name === 'sign in') return
    for (const form of forms) expect(form).toContain('name="csrf" value="field-of-alice"')
  })
})

describe('the list', () => {
  test('tells each of the eleven statuses by word and by its own shape', () => {
    for (const status of STATUSES) {
      const markup = historyPage(FRAME, historyProps({ rows: [executionLine({ status })] }))

      expect(markup).toContain(`#st-${status}"/></svg><span>${STATUS_WORDS[status]}</span>`)
    }
  })

  test('keeps its filters in every address that it offers', () => {
    const filter = { ...historyProps().filter, workflow: 'storefront', branch: 'release/1' }
    const markup = historyPage(FRAME, historyProps({ filter, older: 'cursor', newer: 'other' }))

    expect(markup).toContain('/executions?workflow=storefront&amp;branch=release%2F1&amp;before=cursor')
    expect(markup).toContain('/executions?status=failed&amp;workflow=storefront&amp;branch=release%2F1')
    expect(markup).toContain('aria-label="Remove the filter Branch: release/1"')
  })

  test('says when nobody counted on', () => {
    expect(historyPage(FRAME, historyProps({ total: { count: 1_000, exact: false } }))).toContain(
      '1,000+ executions',
    )
  })

  test('an empty one teaches, and a filtered one says how to see more', () => {
    expect(historyPage(FRAME, historyProps({ rows: [] }))).toContain('periplus run storefront --wait')
    const filter = { ...historyProps().filter, branch: 'nowhere' }
    expect(historyPage(FRAME, historyProps({ rows: [], filter }))).toContain('No execution matches')
  })

  test('an empty one names each filter that is on with the way to take it off', () => {
    const filter = { ...within(NO_FILTER, '30d', '2026-09-01'), branch: 'nowhere', q: 'fix' }
    const markup = historyPage(FRAME, historyProps({ rows: [], filter }))
    const offs = markup.slice(markup.indexOf('No execution matches'))

    expect([...offs.matchAll(/<a class="btn sm" href="([^"]*)">/g)].map(([, address]) => address)).toEqual([
      '/executions?branch=nowhere&amp;range=30d',
      '/executions?range=30d&amp;q=fix',
      '/executions?branch=nowhere&amp;q=fix',
    ])
    for (const words of ['Search: fix', 'Branch: nowhere', 'Range: last 30 days'])
      expect(offs).toContain(words)
  })

  test('says of how many it shows a part, where both are known', () => {
    const words = (filter: HistoryFilter, exact = true) =>
      /id="total">(.*?)</.exec(
        historyPage(
          FRAME,
          historyProps({ filter, total: { count: 12, exact }, kept: { count: 1_300, exact: true } }),
        ),
      )?.[1]

    expect(words(NO_FILTER)).toBe('12 executions kept')
    expect(words(within(NO_FILTER, '30d', '2026-09-01'))).toBe(
      '12 executions in the last 30 days, of 1,300 kept',
    )
    expect(words({ ...NO_FILTER, from: '2026-08-01' })).toBe('12 executions in range, of 1,300 kept')
    expect(words({ ...NO_FILTER, branch: 'main' })).toBe('12 executions match, of 1,300 kept')
    expect(words({ ...NO_FILTER, branch: 'main' }, false)).toBe('12+ executions match · ')
  })

  test('new rows wait in a pill instead of pushing the others down', () => {
    const parts = historyParts(FRAME, { ...historyProps(), fresh: 3 })

    expect(parts).toContain('3 new')
    expect(parts).toContain('hx-target="#x-storefront-12" hx-swap="outerMorph"')
  })
})

describe('an execution', () => {
  test('at a gate names the environment on its button, and asks nobody who may not decide', () => {
    const may = executionPage(FRAME, executionProps({ gates: [gateLine()] }))
    const mayNot = executionPage(
      FRAME,
      executionProps({ gates: [gateLine({ refusal: 'bruno is no approver.' })] }),
    )

    expect(may).toContain('Approve and deploy to production')
    expect(may).toContain('formaction="/executions/storefront-12/rejection"')
    expect(mayNot).not.toContain('Approve and deploy')
    expect(mayNot).toContain('bruno is no approver.')
  })

  test('names itself before it is terminated, and says it cannot be undone', () => {
    const markup = executionPage(FRAME, executionProps())

    expect(markup).toContain('Terminate storefront-12?')
    expect(markup).toContain('This cannot be undone.')
    expect(markup).toContain('Keep running')
  })

  test('that has ended cannot be terminated, and nothing streams', () => {
    const execution = executionLine({ status: 'succeeded', finishedAt: FRAME.now, strip: 'sssssssss' })
    const markup = executionPage(FRAME, executionProps({ execution, log: logWindow({ sealed: true }) }))

    expect(markup).not.toContain('Terminate storefront-12')
    expect(markup).not.toMatch(/<body[^>]*data-stream/)
  })

  test('whose termination failed can be asked again', () => {
    const execution = executionLine({
      status: 'termination-failed',
      reason: 'The supervisor did not answer.',
    })
    const markup = executionPage(FRAME, executionProps({ execution }))

    expect(markup).toContain('Terminate storefront-12?')
    expect(markup).toContain('The supervisor did not answer.')
  })

  test('says first which stage failed and how', () => {
    const failed = stageLine({ status: 'failed', exitCode: 2, finishedAt: FRAME.now })
    const execution = executionLine({ status: 'failed', finishedAt: FRAME.now })

    expect(executionPage(FRAME, executionProps({ execution, stages: [failed] }))).toContain(
      'build ended with exit code 2',
    )
  })

  test('has seconds on the timeline of a short execution, and minutes on that of a long one', () => {
    const axis = (startedAt: number) =>
      /class="ax"><span>([^<]*)</.exec(
        executionPage(FRAME, executionProps({ stages: [stageLine({ startedAt })] })),
      )?.[1]

    expect(axis(FRAME.now - 100_000)).toMatch(/^\d\d:\d\d:\d\d$/)
    expect(axis(FRAME.now - 3_600_000)).toMatch(/^\d\d:\d\d$/)
  })

  test('asks its stream for what follows the lines it has', () => {
    const lines = [{ number: 41, at: 0, text: 'x', kind: 'line' as const }]
    const markup = executionPage(FRAME, executionProps({ log: logWindow({ lines, total: 41 }) }))

    expect(markup).toContain('data-stream="execution=storefront-12&amp;since=40&amp;stage=build&amp;from=42"')
  })

  test('brings its changed parts to their places', () => {
    const parts = executionParts(FRAME, executionProps())

    for (const id of ['head', 'course', 'stages', 'cards', 'trail', 'bar', 'shown'])
      expect(parts).toContain(`<hx-partial hx-target="#${id}" hx-swap="outerMorph">`)
  })
})

test('the menu marks where one is and counts what waits', () => {
  const markup = historyPage({ ...FRAME, waiting: 2 }, historyProps())

  expect(markup).toContain('<a href="/executions" aria-current="page">')
  expect(markup).toContain('<span class="vh">2 wait for you</span>')
})

test('the theme that was chosen is there from the first byte', () => {
  expect(historyPage({ ...FRAME, theme: 'dark' }, historyProps())).toStartWith(
    '<!doctype html><html lang="en" data-theme="dark">',
  )
  expect(historyPage(FRAME, historyProps())).toStartWith('<!doctype html><html lang="en">')
})
