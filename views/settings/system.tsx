import type { Frame } from '../model.ts'
import { Ago, Icon } from '../parts.tsx'
import { bytes, count, counted, duration } from '../words.ts'
import { settingsPage } from './frame.tsx'

export interface EngineLine {
  readonly name: string
  readonly reachable: boolean
  readonly reason: string | null
  readonly warnings: readonly string[]
  readonly tools: readonly string[]
  readonly running: number
}

export interface SystemProps {
  readonly version: string
  readonly startedAt: number
  readonly engines: readonly EngineLine[]
  readonly disk: {
    readonly path: string
    readonly freeBytes: number | null
    readonly totalBytes: number | null
    readonly neededBytes: number
  }
  readonly databases: readonly { readonly name: string; readonly bytes: number }[]
  readonly queue: {
    readonly waiting: number
    readonly due: number
    readonly retrying: number
    readonly oldestAt: number | null
  }
  readonly streams: number
  readonly memoryBytes: number
  readonly instance: string
}

/** How the server is. */
export function systemPage(frame: Frame, p: SystemProps): string {
  return settingsPage(
    frame,
    {
      title: 'System health',
      name: 'system',
      sub: 'As it is at this moment; load the page again for a new look.',
      actions: (
        <a class="btn" href="/api/v1/system">
          <Icon frame={frame} name="ui-doc" />
          As JSON
        </a>
      ),
    },
    <>
      <dl class="pan kpis six">
        <Figure word="Uptime" value={duration(frame.now - p.startedAt)} />
        <Figure
          word="Running"
          value={count(p.engines.reduce((sum, one) => sum + one.running, 0))}
          small="segments"
        />
        <Figure word="In the queue" value={count(p.queue.waiting)} small="wait for a slot" />
        <Figure word="Tried again" value={count(p.queue.retrying)} small="effects" />
        <Figure word="Streams" value={count(p.streams)} small="open" />
        <Figure word="Memory" value={bytes(p.memoryBytes)} small="of this process" />
      </dl>
      <Engines frame={frame} engines={p.engines} />
      <div class="duo flush">
        <Disk frame={frame} p={p} />
        <Server frame={frame} p={p} />
      </div>
    </>,
  )
}

function Figure(p: { word: string; value: string; small?: string }) {
  return (
    <div>
      <dt>{p.word}</dt>
      <dd>
        {p.value}
        <small>{p.small ?? ''}</small>
      </dd>
    </div>
  )
}

function Engines(p: { frame: Frame; engines: readonly EngineLine[] }) {
  const { frame } = p
  return (
    <section class="pan" aria-labelledby="engines-title">
      <header>
        <h2 id="engines-title">Engines</h2>
      </header>
      {p.engines.map((engine) => (
        <div class="engine">
          <Icon
            frame={frame}
            name={engine.reachable ? 'st-succeeded' : 'st-error'}
            class={engine.reachable ? 'ok' : 'fault'}
          />
          <div>
            <p>
              <b class="b">{engine.name}</b>{' '}
              <span class={engine.reachable ? 'q2' : 'fault'}>
                {engine.reachable ? 'reachable' : `not reachable: ${engine.reason ?? 'it does not say why'}`}
              </span>
            </p>
            <p class="q2">
              {counted(engine.running, 'segment')} {engine.running === 1 ? 'runs' : 'run'}.{' '}
              {engine.tools.length === 0 ? 'It has told of no tool.' : `Tools: ${engine.tools.join(', ')}.`}
            </p>
            {engine.warnings.map((warning) => (
              <p class="row">
                <Icon frame={frame} name="st-error" class="fault" />
                {warning}
              </p>
            ))}
          </div>
        </div>
      ))}
    </section>
  )
}

const BAR = 320

function Disk(p: { frame: Frame; p: SystemProps }) {
  const { disk, databases } = p.p
  const { freeBytes: free, totalBytes: total, neededBytes: needed } = disk
  const low = free !== null && free < needed
  return (
    <section class="pan" aria-labelledby="disk-title">
      <header>
        <h2 id="disk-title">Disk and databases</h2>
      </header>
      <div class="fields">
        {free === null || total === null || total === 0 ? (
          <p class="q2">The file system does not say how full it is.</p>
        ) : (
          <div>
            <svg
              class="meter"
              viewBox={`0 0 ${BAR} 12`}
              preserveAspectRatio="none"
              role="img"
              aria-label={`${bytes(total - free)} of ${bytes(total)} are used`}
            >
              <rect width={BAR} height="12" class="f-line" />
              <rect
                width={Math.round((BAR * (total - free)) / total)}
                height="12"
                class={low ? 'f-fault' : 'f-ink'}
              />
            </svg>
            <p class="hint">
              {bytes(free)} of {bytes(total)} are free. Below {bytes(needed)} nothing new starts.
            </p>
          </div>
        )}
        <dl class="facts">
          <dt>Directory</dt>
          <dd class="m path">{disk.path}</dd>
          {databases.map((one) => (
            <>
              <dt class="m">{one.name}</dt>
              <dd>{bytes(one.bytes)}</dd>
            </>
          ))}
        </dl>
      </div>
    </section>
  )
}

function Server(p: { frame: Frame; p: SystemProps }) {
  const { frame } = p
  const { version, startedAt, queue, instance } = p.p
  return (
    <section class="pan" aria-labelledby="server-title">
      <header>
        <h2 id="server-title">Server</h2>
      </header>
      <dl class="facts fields">
        <dt>Version</dt>
        <dd>{version}</dd>
        <dt>Started</dt>
        <dd>
          <Ago frame={frame} at={startedAt} />
        </dd>
        <dt>Due now</dt>
        <dd>
          {counted(queue.due, 'effect')}
          {queue.oldestAt === null ? '' : `, the oldest for ${duration(frame.now - queue.oldestAt)}`}
        </dd>
        <dt>Time zone</dt>
        <dd>{frame.timezone}</dd>
        <dt>Instance</dt>
        <dd class="m path">{instance}</dd>
      </dl>
    </section>
  )
}
