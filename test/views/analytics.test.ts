import { describe, expect, test } from 'bun:test'
import type { Analytics } from '../../src/domain/analytics.ts'
import { STATUS_WORDS, STATUSES } from '../../src/domain/status.ts'
import { periodsOf, trendOf } from '../../src/domain/trend.ts'
import { LINES } from '../../views/analytics/lines.ts'
import { analyticsPage } from '../../views/analytics/page.tsx'
import type { Place } from '../../views/analytics/query.ts'
import { pipelineAnalyticsPage } from '../../views/pipeline.tsx'
import { analytics, FRAME } from './fixtures.ts'

const frame = { ...FRAME, path: '/analytics' }
const WEEK: Place = {
  tab: 'across',
  workflow: null,
  range: { period: 'day', count: 7 },
  environment: null,
}

function shown(data: Analytics = analytics(), place: Partial<Place> = {}): string {
  return analyticsPage(frame, {
    analytics: data,
    place: { ...WEEK, ...place },
    workflows: ['docs', 'storefront'],
    environments: ['dev', 'production'],
  })
}

/** The text of each cell of the table that the chart is drawn from, and where it leads. */
function twin(markup: string): readonly (readonly [string, string | null])[][] {
  const body = /data-periods="".*?<tbody>(.*?)<\/tbody>/s.exec(markup)?.[1] ?? ''
  return [...body.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell = '']) => [
      cell.replaceAll(/<[^>]+>/g, ''),
      /href="([^"]*)"/.exec(cell)?.[1]?.replaceAll('&amp;', '&') ?? null,
    ]),
  )
}

describe('every line', () => {
  test('has a dash and a mark of its own, so that it reads without its hue', () => {
    expect(new Set(LINES.map(({ dash }) => dash.join(' '))).size).toBe(LINES.length)
    expect(new Set(LINES.map(({ marker, drawn }) => `${drawn} ${marker}`)).size).toBe(LINES.length)
    expect(LINES.map(({ status }) => status).sort()).toEqual([...STATUSES].sort())
  })

  test('stands in the legend with its total, its share and the way to its executions', () => {
    const markup = shown()

    for (const { status } of LINES) expect(markup).toContain(`>${STATUS_WORDS[status]}</a>`)
    expect(markup).toContain(
      '/executions?status=failed&amp;workflow=storefront&amp;from=2026-08-26&amp;to=2026-09-01">Failed</a></span></th><td class="n">3</td><td class="n q">0.2 %</td>',
    )
  })
})

describe('the table beside the chart', () => {
  test('has a row for each period, the newest first, and each number leads to what it counts', () => {
    const rows = twin(shown())

    expect(rows.map((row) => row[0]?.[0])).toEqual([
      '1 Sept',
      '31 Aug',
      '30 Aug',
      '29 Aug',
      '28 Aug',
      '27 Aug',
      '26 Aug',
    ])
    const day = 'workflow=storefront&from=2026-08-31&to=2026-08-31'
    expect(rows[1]?.slice(1, 4)).toEqual([
      ['1,206', `/executions?${day}`],
      ['1,204', `/executions?status=succeeded&${day}`],
      ['2', `/executions?status=failed&${day}`],
    ])
    expect(rows[2]?.slice(1).every(([text, href]) => (text === '0' || text === '') && href === null)).toBe(
      true,
    )
  })

  test('has a column for each status that has a line', () => {
    const head = (markup: string) =>
      [...markup.matchAll(/data-status="([a-z-]+)"/g)].map(([, status]) => status)

    expect(head(shown())).toEqual([
      'succeeded',
      'failed',
      'error',
      'approval-rejected',
      'terminated',
      'running',
    ])
  })

  test('of months leads from their first days to their last', () => {
    const trend = trendOf(periodsOf({ period: 'month', count: 3 }, '2026-04-15'), [
      { period: '2026-02', status: 'error', count: 4 },
    ])
    const range = { period: 'month', count: 3 } as const
    const rows = twin(shown(analytics({ range, trend, durations: [null, null, null] }), { range }))

    expect(rows.map((row) => row[0]?.[0])).toEqual(['Apr 2026', 'Mar 2026', 'Feb 2026'])
    expect(rows[2]?.[4]).toEqual([
      '4',
      '/executions?status=error&workflow=storefront&from=2026-02-01&to=2026-02-28',
    ])
  })
})

describe('the figures', () => {
  test('say what they are of', () => {
    const markup = shown()
    const text = markup.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ')

    expect(text).toContain('Success rate 99.8 % 24.8 points up')
    expect(text).toContain('Duration, median 6 m 12 s p95 11 m 40 s')
    expect(text).toContain('Gate wait, median 6 m 12 s p95 11 m 40 s · 12 gates')
    expect(text).toContain('Deployments 1.7 a day DORA · 12 in 7 days')
    expect(text).toContain('Failed changes 7.7 % DORA · 1 of 13')
    expect(text).toContain('Time to restore – none in this range')
    expect(text).toContain('build 6 m 12 s 11 m 40 s slower · + 1 m 12 s 3')
    expect(text).toContain('source 4 s 9 s new 0')
    expect(text).toContain('Succeeded ÷ (Succeeded + Failed + Error)')
  })

  test('say from how many executions they are, where it was not all', () => {
    const { stageTimes } = analytics()
    const markup = shown(analytics({ stageTimes: { ...stageTimes, executions: 300, of: 41_203 } }))

    expect(markup).toContain('those of 300 executions, evenly spread over the 41,203 of')
  })

  test('have nothing to say where nothing is deployed', () => {
    const markup = shown(analytics({ delivery: null }))

    expect(markup).toContain('DORA · nothing is deployed')
    expect(markup).not.toContain('DORA for')
  })
})

describe('what is looked at', () => {
  test('stands in the address, and only what was chosen', () => {
    const markup = shown(undefined, { workflow: 'storefront', environment: 'dev' })

    expect(markup).toContain('href="/analytics?workflow=storefront&amp;environment=dev">30 days</a>')
    expect(markup).toContain('href="/analytics?range=12m&amp;workflow=storefront&amp;environment=dev"')
    expect(markup).toContain('href="/analytics.csv?range=7d&amp;workflow=storefront&amp;environment=dev"')
    expect(markup).toContain('href="/analytics?range=7d&amp;environment=dev" aria-label="Remove the filter')
  })

  test('is a tab of its pipeline, too', () => {
    const place: Place = { ...WEEK, tab: 'pipeline', workflow: 'storefront' }
    const markup = pipelineAnalyticsPage(
      { ...FRAME, path: '/pipelines/storefront' },
      { slug: 'storefront', analytics: analytics(), place, environments: ['production'] },
    )

    expect(markup).toContain(
      '<a href="/pipelines/storefront?tab=analytics" aria-current="page">Analytics</a>',
    )
    expect(markup).toContain('href="/pipelines/storefront?tab=analytics">30 days</a>')
    expect(markup).toContain('href="/pipelines/storefront?tab=analytics&amp;range=14d">14 days</a>')
    expect(markup).toContain('<a href="/pipelines" aria-current="page">')
  })

  test('and is empty, says so and how to see more', () => {
    const markup = shown(analytics({}, []), { workflow: 'docs' })

    expect(markup).toContain('No execution in the last 7 days')
    expect(markup).toContain('href="/analytics?range=12m&amp;workflow=docs"')
    expect(markup).toContain('periplus run docs --wait')
    expect(markup).not.toContain('data-plot')
  })
})
