import { readFileSync } from 'node:fs'
import font from '@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2' with {
  type: 'file',
}
import type { Context, Hono } from 'hono'
import plot from 'uplot/dist/uPlot.min.css' with { type: 'text' }
import analytics from '../../views/style/analytics.css' with { type: 'text' }
import app from '../../views/style/app.css' with { type: 'text' }
import icons from '../../views/style/icons.svg' with { type: 'text' }
import pages from '../../views/style/pages.css' with { type: 'text' }
import search from '../../views/style/search.css' with { type: 'text' }
import tokens from '../../views/style/tokens.css' with { type: 'text' }
import workflow from '../../views/style/workflow.css' with { type: 'text' }
import { browserScript } from './bundle.ts' with { type: 'macro' }

interface Asset {
  readonly name: string
  readonly type: string
  readonly plain: Uint8Array<ArrayBuffer>
  /** Compressed at its first request, for a start should not wait for it; null where it is compressed already. */
  gzip: (() => Uint8Array<ArrayBuffer>) | null
}

const HASH_DIGITS = 10
const FONT_IN_CSS = 'fonts/ibm-plex-sans-latin-wght-normal.woff2'

function asset(stem: string, ending: string, type: string, content: string | Uint8Array): Asset {
  const plain = new Uint8Array(typeof content === 'string' ? Buffer.from(content) : content)
  const hash = Bun.SHA256.hash(plain, 'hex').slice(0, HASH_DIGITS)
  const name = `${stem}.${hash}.${ending}`
  if (ending === 'woff2') return { name, type, plain, gzip: null }
  let made: Uint8Array<ArrayBuffer> | undefined
  return {
    name,
    type,
    plain,
    gzip: () => {
      made ??= Bun.gzipSync(plain, { level: 9 })
      return made
    },
  }
}

const SHEET = asset('icons', 'svg', 'image/svg+xml', icons)
const FONT = asset('plex', 'woff2', 'font/woff2', readFileSync(font))
const JAVASCRIPT = 'text/javascript; charset=utf-8'
const CSS = 'text/css; charset=utf-8'
const SCRIPT = asset('periplus', 'js', JAVASCRIPT, browserScript('main'))
const CHART_SCRIPT = asset('analytics', 'js', JAVASCRIPT, browserScript('analytics'))
const CHART_STYLE = asset('analytics', 'css', CSS, squeezed(`${plot}${analytics}`))
const WORKFLOW_STYLE = asset('workflow', 'css', CSS, squeezed(workflow))
const BUILDER = asset('builder', 'js', JAVASCRIPT, browserScript('builder'))
const STYLE = asset(
  'periplus',
  'css',
  CSS,
  squeezed(`${tokens}${app}${pages}${search}`).replace(FONT_IN_CSS, FONT.name),
)

/** Comments are for us; nothing else in the style sheets is longer than it must be. */
function squeezed(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\n\s*/g, '\n')
}

const BY_NAME: ReadonlyMap<string, Asset> = new Map(
  [SHEET, FONT, SCRIPT, STYLE, CHART_SCRIPT, CHART_STYLE, BUILDER, WORKFLOW_STYLE].map((one) => [
    one.name,
    one,
  ]),
)

/** Where the embedded files are; an address changes with its content, so that it may be kept for ever. */
export const ASSETS = {
  style: `/assets/${STYLE.name}`,
  script: `/assets/${SCRIPT.name}`,
  chartStyle: `/assets/${CHART_STYLE.name}`,
  chartScript: `/assets/${CHART_SCRIPT.name}`,
  workflowStyle: `/assets/${WORKFLOW_STYLE.name}`,
  builder: `/assets/${BUILDER.name}`,
  icons: `/assets/${SHEET.name}`,
  font: `/assets/${FONT.name}`,
} as const

/** Answers for the embedded styles, scripts, icons and font. They need nobody to be signed in. */
// biome-ignore lint/suspicious/noExplicitAny: whatever variables the application's own middleware keeps, this reads none.
export function mountAssets(app: Hono<any>): void {
  app.get('/assets/:name', (c) => answer(c, BY_NAME.get(c.req.param('name'))))
}

function answer(c: Context, found: Asset | undefined): Response | Promise<Response> {
  if (found === undefined) return c.notFound()
  const headers = { 'Content-Type': found.type, 'Cache-Control': 'public, max-age=31536000, immutable' }
  if (found.gzip === null || !/\bgzip\b/.test(c.req.header('Accept-Encoding') ?? ''))
    return new Response(found.plain, { headers })
  return new Response(found.gzip(), {
    headers: { ...headers, 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' },
  })
}
