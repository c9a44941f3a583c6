import type { Report, TestCase, TestOutcome } from '../domain/finding.ts'
import { cut } from './cut.ts'
import { fromWorkspace } from './place.ts'
import { wrong } from './read.ts'
import { readXml } from './xml.ts'

/* What all runners write and nobody specified. https://github.com/testmoapp/junitxml gathers what they agree on. */

/** More than the largest suites have; a page shows the failed ones. */
const TESTS_MAX = 100_000
/** A stack trace that a reader looks at. */
const MESSAGE_CHARS_MAX = 4_000
const NAME_CHARS_MAX = 500

/** Elements of a test that say how it ended. */
const OUTCOMES: ReadonlyMap<string, TestOutcome> = new Map([
  ['failure', 'failed'],
  ['error', 'error'],
  ['skipped', 'skipped'],
])
/** Attempts before the one that passed, as Maven's Surefire tells them. */
const RETRIES: readonly string[] = ['flakyFailure', 'flakyError']

/** A test while its elements are read. */
interface Draft {
  readonly attributes: ReadonlyMap<string, string>
  readonly suite: string | null
  readonly file: string | null
  outcome: TestOutcome
  retried: boolean
  message: string
  /** Whether what is read now is said by its outcome. */
  isSaid: boolean
}

/** Tests, in the order in which they stand. */
export function parseJunit(bytes: Uint8Array): Report {
  const tests: TestCase[] = []
  const suites: ReadonlyMap<string, string>[] = []
  const open: Draft[] = []
  let root: string | null = null

  readXml(bytes, {
    open(name, attributes) {
      if (root === null && name !== 'testsuites' && name !== 'testsuite') {
        throw wrong(
          `Its root is <${cut(name, NAME_CHARS_MAX)}>, and that of JUnit is <testsuites> or <testsuite>.`,
        )
      }
      root = name
      const test = open.at(-1)
      if (name === 'testsuites' || name === 'testsuite') suites.push(attributes)
      else if (name === 'testcase') open.push(draftFrom(attributes, suites))
      else if (test !== undefined) note(test, name, attributes)
    },
    text(text) {
      const test = open.at(-1)
      if (test?.isSaid === true && test.message.length <= MESSAGE_CHARS_MAX) test.message += text
    },
    close(name) {
      const test = open.at(-1)
      if (name === 'testsuites' || name === 'testsuite') suites.pop()
      else if (name === 'testcase' && test !== undefined) {
        open.pop()
        tests.push(testFrom(test))
        if (tests.length > TESTS_MAX) {
          throw wrong(`It has more than ${TESTS_MAX} tests. Split the report.`, 'too_large')
        }
      } else if (test !== undefined && OUTCOMES.has(name)) test.isSaid = false
    },
  })
  return { format: 'junit', producer: null, findings: [], tests, qualityGate: null }
}

function draftFrom(
  attributes: ReadonlyMap<string, string>,
  suites: readonly ReadonlyMap<string, string>[],
): Draft {
  const nearest = (key: string) => suites.findLast((suite) => (suite.get(key) ?? '') !== '')?.get(key) ?? null
  const notRun = ['notrun', 'disabled', 'skipped'].includes(attributes.get('status')?.toLowerCase() ?? '')
  return {
    attributes,
    suite: nearest('name'),
    file: nearest('file'),
    outcome: notRun ? 'skipped' : 'passed',
    retried: false,
    message: '',
    isSaid: false,
  }
}

/** The worst of a test's outcomes counts: a test may fail, and then its clean-up too. */
function note(test: Draft, name: string, attributes: ReadonlyMap<string, string>): void {
  if (RETRIES.includes(name)) test.retried = true
  const outcome = OUTCOMES.get(name)
  if (outcome === undefined) return
  if (WEIGHTS[outcome] > WEIGHTS[test.outcome]) test.outcome = outcome
  test.isSaid = true
  const said = attributes.get('message') ?? attributes.get('type') ?? ''
  if (said !== '' && test.message.length <= MESSAGE_CHARS_MAX)
    test.message += `${test.message === '' ? '' : '\n'}${cut(said, MESSAGE_CHARS_MAX)}\n`
}

const WEIGHTS: Readonly<Record<TestOutcome, number>> = { passed: 0, skipped: 1, failed: 2, error: 3 }

function testFrom({ attributes, suite, file, outcome, retried, message }: Draft): TestCase {
  const name = attributes.get('name') ?? ''
  const said = withoutRepeat(message)
  return {
    suite: cut(suiteOf(attributes.get('classname') ?? '', name, suite), NAME_CHARS_MAX),
    name: cut(name === '' ? 'unnamed test' : name, NAME_CHARS_MAX),
    file: fromWorkspace(cut(attributes.get('file') ?? file ?? '', NAME_CHARS_MAX)) || null,
    durationMs: durationFrom(attributes.get('time')),
    outcome,
    retried: retried && outcome === 'passed',
    message: said === '' ? null : fromWorkspace(cut(said, MESSAGE_CHARS_MAX)),
  }
}

/** Its class, where that says anything: Node’s is “test” for every test, and Jest and Mocha repeat the name there. */
function suiteOf(classname: string, name: string, suite: string | null): string {
  const saysNothing = classname === '' || classname === 'test' || name.includes(classname)
  return saysNothing ? (suite ?? classname) : classname
}

/** Runners say the first line twice: as an attribute, and at the head of the text. */
function withoutRepeat(message: string): string {
  const [first = '', ...rest] = message.trim().split('\n')
  const others = rest.join('\n').trim()
  return others.includes(first.trim()) ? others : `${first}\n${others}`.trim()
}

/** Seconds; some write `1,234.5`. */
function durationFrom(time: string | undefined): number | null {
  const seconds = time === undefined || time.trim() === '' ? Number.NaN : Number(time.replaceAll(',', ''))
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 1_000) : null
}
