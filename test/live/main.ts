import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { reach } from './cluster.ts'
import { findRepository } from './repository.ts'
import { help, problemsOf, settingsOf, strangersIn } from './settings.ts'
import { type Counts, runTests } from './suite.ts'
import { sweep } from './sweep.ts'
import { checkout, doctor, type Patient } from './trial.ts'

/*
 * `npm run test:cluster`: what can be tried on a real cluster by whoever may do there what the engine may, with nothing of
 * it left behind. Its last line is `N passed, N failed, N skipped`.
 */

const words = process.argv.slice(2)
process.exit(await main())

async function main(): Promise<number> {
  absoluteKubeconfig()
  const problems = words.includes('--help') ? [] : problemsOf(process.env)
  if (words.includes('--help') || problems.length > 0) {
    say([help(), ...problems].join('\n'))
    return problems.length === 0 ? 0 : 2
  }
  const stop = interruption()
  const { passed, failed, skipped } = await whole(stop)
  say(`${passed} passed, ${failed} failed, ${skipped} skipped`)
  return stop.aborted ? 130 : failed === 0 ? 0 : 1
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** npm starts this in the package's directory, wherever it was called. */
function absoluteKubeconfig(): void {
  const { INIT_CWD = process.cwd(), KUBECONFIG = '' } = process.env
  const files = KUBECONFIG.split(delimiter).filter((file) => file !== '')
  process.env['KUBECONFIG'] = files.map((file) => resolve(INIT_CWD, file)).join(delimiter)
}

function interruption(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (!stop.signal.aborted) say('Interrupted; what was made is taken away.')
      stop.abort()
    })
  return stop.signal
}

async function whole(stop: AbortSignal): Promise<Counts> {
  const settings = settingsOf(process.env)
  for (const name of strangersIn(process.env)) say(`${name} means nothing here.`)
  const dir = mkdtempSync(join(tmpdir(), 'periplus-cluster-'))
  const instance = `test-${crypto.randomUUID().slice(0, 8)}`
  const patient: Patient = { ...reach(settings), settings, instance, dir, stop, say }
  const counts = { passed: 0, failed: 0, skipped: 0 }
  try {
    add(counts, await tried(patient))
  } catch (error) {
    counts.failed += 1
    if (!stop.aborted) say(error instanceof Error ? error.message : String(error))
  }
  add(counts, await tidied(patient))
  rmSync(dir, { recursive: true, force: true })
  return counts
}

function add(counts: { passed: number; failed: number; skipped: number }, more: Counts): void {
  counts.passed += more.passed
  counts.failed += more.failed
  counts.skipped += more.skipped
}

async function tried(patient: Patient): Promise<Counts> {
  const { settings, instance, dir, stop } = patient
  say('── What periplus doctor --probe sees')
  const isWell = await doctor(patient)
  say('── Where pods get their sources from')
  await using repository = await findRepository(settings, dir, (source) => checkout(patient, source))
  const { source, madeIn, says } = repository
  say(says)
  say(`── The tests; what they make bears the label periplus.dev/instance=${instance}`)
  const counts = await runTests({ instance, dir, source, madeIn }, settings, words, stop)
  if (madeIn === 'pod')
    say('Skipped: a server’s workflow, which needs a repository. See PERIPLUS_TEST_GIT_URL and _GIT_HOST.')
  if (settings.deployServiceAccount === null)
    say('Not tried: an account for a deploy. See PERIPLUS_TEST_DEPLOY_SERVICE_ACCOUNT.')
  const own = isWell ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
  return { ...counts, passed: counts.passed + own.passed, failed: counts.failed + own.failed }
}

/** Nothing stays, whatever has happened; that counts as a test. */
async function tidied({ cluster, instance, dir }: Patient): Promise<Counts> {
  say('── What is left')
  try {
    const labels = [instance, ...instancesOf(dir)]
    const left = (await Promise.all(labels.map((label) => sweep(cluster, label)))).flat()
    say(left.length === 0 ? 'Nothing.' : `${left.join('\n')}\nThat could not be taken away.`)
    return { passed: left.length === 0 ? 1 : 0, failed: left.length === 0 ? 0 : 1, skipped: 0 }
  } catch (error) {
    say(`It could not be seen: ${error instanceof Error ? error.message : error}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** The labels of the servers that had their data there. */
function instancesOf(dir: string): readonly string[] {
  return readdirSync(dir)
    .map((name) => join(dir, name, 'instance'))
    .filter((file) => existsSync(file))
    .map((file) => readFileSync(file, 'utf8').trim())
}
