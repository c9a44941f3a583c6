import {
  type Act,
  CHECKOUT_CONTAINER,
  OUTLINE_ANNOTATION,
  type Outline,
} from '../../src/engine/argo/names.ts'
import { SCRIPT_VARIABLE, WORKSPACE } from '../../src/engine/argo/wrapper.ts'
import type { SimContainer } from '../argo/simulated.ts'
import { LEFT, leftBy, type SimBehaviour } from './ground.ts'

/** How long a checkout takes. */
const CHECKOUT_MS = 200

/** What `wrapperArgs` put together. */
interface Turn {
  readonly say: (words: string) => void
  readonly control: string
  readonly name: string
  readonly before: string
  readonly last: boolean
  readonly passes: boolean
  readonly limitMs: number
  readonly graceMs: number
  readonly retries: number
  readonly behaviour: SimBehaviour
}

/** How one run of a script ended. */
export interface Attempt {
  readonly code: number
  readonly why: '' | ' timeout' | ' term'
}

/**
 * Plays wrapper.sh, word for word as far as the engine hears it, with a simulated stage for the script. `tells` is called
 * when a script begins, and how it ended.
 */
export async function wrapper(
  container: SimContainer,
  act: Act,
  tells: (attempt: 'begins' | Attempt) => void,
): Promise<number> {
  const turn = turnOf(container, act)
  const { say, control, name, before, last, passes, retries } = turn
  const done = `${control}/done`
  say('hello')
  const quit = async (told: string, code: number): Promise<number> => {
    container.files.put(`${control}/${name}`, told)
    if (last) container.files.put(done, '1')
    while (code !== 0 && container.files.get(done) === null && !container.term.aborted)
      await Promise.race([container.files.changed(), heard(container.term)])
    return code
  }
  const earlier = before === '' ? '0' : await told(container, `${control}/${before}`)
  if (container.term.aborted) {
    say('end skipped')
    return quit('skipped', 143)
  }
  if (earlier !== '0') {
    say('end skipped')
    return quit('skipped', 0)
  }
  for (let number = 1; ; number += 1) {
    say(`start ${number}`)
    tells('begins')
    const ended = await attempt(container, turn, number)
    tells(ended)
    const { code, why } = ended
    const words = `exit=${code}${why}`
    if (code !== 0 && !container.term.aborted && number <= retries) {
      say(`retry ${number} ${words}`)
      continue
    }
    if (why !== ' term') report(container, act, say)
    say(`end ${words}`)
    return passes && why !== ' term' ? quit('0', 0) : quit(String(code), code)
  }
}

function turnOf({ spec, write }: SimContainer, act: Act): Turn {
  const [nonce, control = '', name = '', before = '', last, passes, limit, grace, retries, , , ...pieces] =
    spec.argv.slice(4)
  return {
    say: (words) => write(`\x1e${nonce} ${words}`),
    ...{ control, name, before, last: last === '1', passes: passes === '1' },
    limitMs: Number(limit) * 1000,
    graceMs: Number(grace) * 1000,
    retries: Number(retries),
    behaviour:
      act.does === 'checkout'
        ? { does: 'works', lines: 2, ms: CHECKOUT_MS, exit: 0 }
        : JSON.parse(pieces.join('') || longScript(spec.env)),
  }
}

/** What `scriptVariables` made of it. */
function longScript(env: Readonly<Record<string, string>>): string {
  const pieces = Object.entries(env).filter(([name]) => name.startsWith(SCRIPT_VARIABLE))
  return pieces.map(([, piece]) => piece).join('')
}

/** What stands in a file as soon as there is one; '' where SIGTERM came first. */
async function told({ files, term }: SimContainer, path: string): Promise<string> {
  for (;;) {
    const text = files.get(path)
    if (text !== null || term.aborted) return text ?? ''
    await Promise.race([files.changed(), heard(term)])
  }
}

function heard(term: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (term.aborted) resolve()
    term.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** One run of the script, to its end or until it is stopped. */
async function attempt(container: SimContainer, turn: Turn, number: number): Promise<Attempt> {
  const stop = new AbortController()
  let why: Attempt['why'] = ''
  const halt = (because: Attempt['why']) => {
    if (why === '') why = because
    const stubborn =
      turn.behaviour.does === 'ignores-term' || ('deaf' in turn.behaviour && turn.behaviour.deaf === true)
    // What hears SIGTERM ends; what does not is killed when its grace is over.
    if (stubborn) void container.sleep(turn.graceMs).then(() => stop.abort())
    else stop.abort()
  }
  const onTerm = () => halt(' term')
  if (container.term.aborted) onTerm()
  container.term.addEventListener('abort', onTerm, { once: true })
  let over = false
  if (turn.limitMs > 0) void container.sleep(turn.limitMs).then(() => over || halt(' timeout'))
  const code = await behave(container, turn, number, stop.signal)
  over = true
  container.term.removeEventListener('abort', onTerm)
  return { code: why !== '' && code === 0 ? 143 : code, why }
}

/** Lets time pass; false where the stage was stopped meanwhile. */
async function pass(container: SimContainer, ms: number, stop: AbortSignal): Promise<boolean> {
  if (!stop.aborted) await Promise.race([container.sleep(ms), heard(stop)])
  return !stop.aborted
}

async function behave(
  container: SimContainer,
  turn: Turn,
  number: number,
  stop: AbortSignal,
): Promise<number> {
  const { behaviour, say } = turn
  switch (behaviour.does) {
    case 'ends':
      for (const line of behaviour.lines) container.write(line)
      return (await pass(container, 10, stop)) ? behaviour.exit : 143
    case 'fails-first':
      if (!(await pass(container, 10, stop))) return 143
      return number <= behaviour.attempts ? 1 : 0
    case 'waits':
      container.write('ready')
      while (container.files.get(`${turn.control}/proceed-${turn.name}`) === null)
        if (!(await pass(container, 100, stop))) return 143
      container.write('done')
      return 0
    case 'ignores-term':
      container.write('ready')
      while (await pass(container, 1000, stop));
      return 137
    case 'hands-on': {
      const text = Object.entries(behaviour.outputs).map(([key, value]) => `${key}<<END_\n${value}\nEND_\n`)
      hand(say, text.join(''))
      return (await pass(container, 10, stop)) ? 0 : 143
    }
    case 'leaves':
      for (const [path, text] of Object.entries(behaviour.files))
        container.files.put(`${WORKSPACE}/${path}`, text)
      return (await pass(container, 10, stop)) ? behaviour.exit : 143
    case 'works':
      return work(container, turn, behaviour, stop)
    case 'refused':
      return 1
    default:
      return behaviour satisfies never
  }
}

async function work(
  container: SimContainer,
  { say, name }: Turn,
  { lines, ms, exit, wellEvery = 1, hands, leaves }: Extract<SimBehaviour, { does: 'works' }>,
  stop: AbortSignal,
): Promise<number> {
  const { env } = container.spec
  const folded = name === CHECKOUT_CONTAINER
  if (folded) container.write('::group::Checkout')
  for (let line = 1; line <= lines; line += 1) {
    container.write(
      `${env['PERIPLUS_SEGMENT']} ${env['PERIPLUS_STAGE'] ?? name} ${line} ${env['TOKEN'] ?? ''}`,
    )
    if (!(await pass(container, ms / lines, stop))) return 143
  }
  if (folded) container.write('::endgroup::')
  if (ms === CHECKOUT_MS) hand(say, 'title=A change\nauthor=carol\n')
  if (leaves === true)
    container.files.put(
      `${WORKSPACE}/${LEFT}`,
      leftBy(env['PERIPLUS_EXECUTION_ID'] ?? '', env['TOKEN'] ?? ''),
    )
  if (hands === true) hand(say, `by=${env['PERIPLUS_SEGMENT']}\n`)
  const number = Number(/\d+$/.exec(env['PERIPLUS_EXECUTION_ID'] ?? '0')?.[0])
  return number % wellEvery === 0 ? exit : 1
}

/** Collects what the stage was to leave. */
function report(container: SimContainer, { reports }: Act, say: Turn['say']): void {
  for (const [index, { path }] of reports.entries()) {
    const text = container.files.get(`${WORKSPACE}/${path}`)
    if (text === null) say(`report ${index} missing`)
    else send(say, `report-${index}.gz`, Bun.gzipSync(Buffer.from(text)))
  }
}

function hand(say: Turn['say'], text: string): void {
  send(say, 'output', Buffer.from(text))
}

function send(say: Turn['say'], kind: string, bytes: Uint8Array): void {
  say(`file ${kind} b64 ${bytes.length}`)
  for (const piece of Buffer.from(bytes)
    .toString('base64')
    .match(/.{1,8000}/g) ?? [])
    say(`d ${piece}`)
  say('file-end')
}

/** The act that a container plays, from what its Workflow says of it. */
export function actOf(annotations: Readonly<Record<string, string>>, container: string): Act {
  const outline: Outline = JSON.parse(annotations[OUTLINE_ANNOTATION] ?? '{"acts":[]}')
  const act = outline.acts.find((one) => one.container === container)
  if (act === undefined) throw new Error(`Nothing says what the container ${container} does.`)
  return act
}
