import type { News, RawLine, ReportContent } from '../engine.ts'
import { parseOutputs } from '../outputs.ts'
import { TORN_REPORT, unkept } from '../reports.ts'
import type { Line } from './logline.ts'
import { FileReader, type Mark, markIn } from './marks.ts'
import type { Act } from './names.ts'
import { type Position, writePosition } from './position.ts'
import { Tape } from './tape.ts'

/** The mark that a container's story ends with, and when it was made. */
export type EndMark = Extract<Mark, { says: 'end' | 'skipped' }> & { readonly at: number }

const REPORT_KIND = /^report-(\d+)(\.gz)?$/

const NO_BEGINNING = 'The beginning of this log was gone before it could be read.'

/** What a reel is of. */
export interface Title {
  readonly act: Act
  readonly nonce: string
  /** The UIDs of its Workflow and pod. */
  readonly workflow: string
  readonly pod: string
  readonly logBytesMax: number
  /** How far it was told before; null from the beginning. */
  readonly from: Position | null
  /** The stage's log has lines of another container before these. */
  readonly told: number
  /** False where the stage began with an earlier container. */
  readonly opens: boolean
}

/** Tells what the lines of one container mean: its script's own lines, and the marks of its wrapper among them. */
export class Reel {
  readonly #title: Title
  readonly #tape: Tape
  #cursor: string
  #file: FileReader | null = null
  /** Reports of which something was told, and so many before all of them. */
  readonly #reported = new Set<number>()
  #reports: number
  #half: Position | null
  #isWhole: boolean
  /** How it ended; null as long as nobody said so. */
  end: EndMark | null = null
  /** What a checkout says of why it failed. */
  reason: string | null = null

  constructor(title: Title) {
    this.#title = title
    this.#cursor = title.from === null ? '' : writePosition(title.from)
    this.#half = title.from?.half === true ? title.from : null
    this.#isWhole = title.from !== null
    this.#reports = title.from?.reports ?? 0
    const told = title.from?.told ?? title.told
    this.#tape = new Tape(title.act.stage, title.logBytesMax, told, this.#cursor)
  }

  get told(): number {
    return this.#tape.told
  }

  /** News of the lines that follow those before, up to the end mark where it is among them. */
  *take(lines: readonly Line[]): Generator<News> {
    let plain: Line[] = []
    for (const line of lines) {
      const found = line.text.includes('\x1e') ? markIn(line.text, this.#title.nonce) : null
      if (found === null) {
        if (isArgos(line.text)) continue
        if (!this.#isWhole) yield* this.#lost(line.at, NO_BEGINNING)
        this.#isWhole = true
        plain.push(line)
        if (line.cut === 0) continue
      }
      yield* this.#flush(plain)
      plain = []
      if (found === null)
        yield this.#mark(line.at, `The line above was longer: ${line.cut} more characters were cut.`, 'cut')
      else if (yield* this.#marked(line, found.before, found.mark)) return
    }
    yield* this.#flush(plain)
  }

  /** Lines that existed and can't be had any more. */
  *lost(at: number, reason: string): Generator<News> {
    yield* this.#lost(at, reason)
  }

  /** What a log that outgrew its limit kept back. */
  *close(at: number): Generator<News> {
    yield* this.#tape.end(at)
  }

  *#lost(at: number, reason: string): Generator<News> {
    yield {
      type: 'gap',
      stage: this.#title.act.stage,
      at,
      lines: null,
      reason,
      cursor: `${this.#cursor} lost`,
    }
  }

  /** True where this mark is the last. */
  *#marked(line: Line, before: string, mark: Mark): Generator<News, boolean> {
    if (before !== '' && !this.#isHalfTold(line)) yield* this.#flush([{ ...line, text: before }], true)
    const { stage } = this.#title.act
    switch (mark.says) {
      case 'hello':
        this.#isWhole = true
        return false
      case 'start':
        this.#isWhole = true
        if (mark.attempt > 1 || this.#title.opens)
          yield { type: 'stage.started', stage, attempt: mark.attempt, at: line.at }
        return false
      case 'retry':
        yield this.#retry(line, mark)
        return false
      case 'file':
        this.#file = new FileReader(mark)
        return false
      case 'data':
        this.#file?.add(mark.chunk)
        return false
      case 'file-end':
        yield* this.#received(line)
        return false
      case 'report':
        yield* this.#unkept(line, mark.index, mark.problem)
        return false
      case 'end':
        yield* this.#lastWords(line.at, mark)
        this.end = { ...mark, at: line.at }
        return true
      case 'skipped':
        this.end = { ...mark, at: line.at }
        return true
      default:
        return mark satisfies never
    }
  }

  #isHalfTold({ stamp, nth }: Line): boolean {
    return this.#half?.stamp === stamp && this.#half.nth === nth
  }

  #retry(line: Line, { attempt, exit, timedOut }: Extract<Mark, { says: 'retry' }>): News {
    const { act } = this.#title
    const why = timedOut ? 'It overran its time.' : `Exit code ${exit}.`
    this.#cursor = this.#position(line, false)
    const text = `${why} Attempt ${attempt + 1} of ${act.retries + 1} follows.`
    return { type: 'mark', stage: act.stage, at: line.at, text, cursor: this.#cursor }
  }

  *#received(line: Line): Generator<News> {
    const file = this.#file
    this.#file = null
    if (file?.kind === 'output') yield* this.#handOn(file, line.at)
    const [, index, gzip] = REPORT_KIND.exec(file?.kind ?? '') ?? []
    if (file === null || index === undefined) return
    const body = file.end()
    const packing = gzip === undefined ? 'none' : 'gzip'
    if (body === null) yield* this.#unkept(line, Number(index), TORN_REPORT)
    else yield* this.#report(Number(index), { body, packing })
  }

  *#report(index: number, content: ReportContent): Generator<News> {
    const { stage, reports } = this.#title.act
    const report = reports[index]
    if (report === undefined) return
    this.#reported.add(index)
    this.#reports = Math.max(this.#reports, index + 1)
    yield { type: 'report', stage, name: report.name, content }
  }

  /** The line that says so is the log's own: its cursor stands behind it, and what came before it has been told. */
  *#unkept(line: Line, index: number, problem: string): Generator<News> {
    const { stage, reports } = this.#title.act
    yield* this.#report(index, { problem })
    this.#cursor = this.#position(line, false)
    const text = unkept(reports[index]?.path ?? '', problem)
    yield { type: 'mark', stage, at: line.at, text, cursor: this.#cursor }
  }

  /** In one line: of two, a reader that begins anew would find the first one again behind the second. */
  *#lastWords(at: number, { left, told }: Extract<Mark, { says: 'end' }>): Generator<News> {
    const missing = told ? [] : this.#unheard()
    for (const [index] of missing) yield* this.#report(index, { problem: TORN_REPORT })
    const texts = [
      ...(left > 0 ? [leftText(left)] : []),
      ...missing.map(([, path]) => unkept(path, TORN_REPORT)),
    ]
    if (texts.length > 0) yield this.#mark(at, texts.join(' '), 'end')
  }

  /** Reports of which the log should have said something. */
  #unheard(): (readonly [number, string])[] {
    const { act, from } = this.#title
    return act.reports.flatMap(({ path }, index) =>
      index < (from?.reports ?? 0) || this.#reported.has(index) ? [] : [[index, path] as const],
    )
  }

  *#handOn(file: FileReader, at: number): Generator<News> {
    const bytes = file.end()
    if (bytes === null) {
      yield this.#mark(at, 'What the stage handed on did not come through whole, and is not kept.', 'outputs')
      return
    }
    const { reason, ...outputs } = parseOutputs(bytes)
    if (this.#title.act.does === 'checkout') this.reason = reason ?? null
    const told =
      this.#title.act.does === 'checkout' || reason === undefined ? outputs : { ...outputs, reason }
    if (Object.keys(told).length > 0) yield { type: 'outputs', stage: this.#title.act.stage, outputs: told }
  }

  *#flush(lines: readonly Line[], half = false): Generator<News> {
    const last = lines.at(-1)
    if (last === undefined) return
    const raw: RawLine[] = lines.map(({ at, text }) => ({ at, text }))
    yield* this.#tape.take(raw, () => {
      this.#cursor = this.#position(last, half)
      return this.#cursor
    })
  }

  /** Something said beside the lines: its cursor is that of the line before, so that no mark is ever read past. */
  #mark(at: number, text: string, what: string): News {
    return { type: 'mark', stage: this.#title.act.stage, at, text, cursor: `${this.#cursor} ${what}` }
  }

  #position({ stamp, nth }: Line, half: boolean): string {
    const { workflow, pod, act } = this.#title
    return writePosition({
      workflow,
      pod,
      container: act.container,
      told: this.#tape.told,
      stamp,
      nth,
      half,
      reports: this.#reports,
    })
  }
}

/** What Argo's executor says among a container's lines; its controller has a flag for the second form. */
function isArgos(text: string): boolean {
  if (text.startsWith('time=')) return text.includes(' argo=true')
  return text.startsWith('{') && text.includes('"argo":true') && text.includes('"msg":"')
}

function leftText(count: number): string {
  return count === 1
    ? 'A process that the stage left behind was killed.'
    : `${count} processes that the stage left behind were killed.`
}
