import { afterEach, describe, expect, test } from 'bun:test'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PlannedReport } from '../../../src/domain/report.ts'
import { CHECKOUT_CONTAINER } from '../../../src/engine/argo/names.ts'
import type { StageOrder } from '../../../src/engine/engine.ts'
import { orderOf } from '../conformance.ts'
import { CANNOT_ISOLATE, Pod, type PodOptions } from './pod.ts'
import { POOR, SHELLS, type Shell } from './shells.ts'

const SOURCE = {
  url: 'https://git.example/shop.git',
  sha: 'a'.repeat(40),
  branch: 'main',
  tag: null,
  credential: null,
}

/** Runs as long as nobody ends it. */
const FOREVER = 'while :; do sleep 1; done 2>/dev/null'
/** The same, and says when it hears a signal: what a shell is just about to run may lose it. */
const LISTENING = `sh -c 'echo ready; exec sleep 1000' & wait`

let pod: Pod
afterEach(() => pod?.close())

type More = Partial<StageOrder> & { readonly graceMs?: number } & Partial<PodOptions>

/** Starts a pod of these scripts, the options of its first stage last. */
function startIn(shell: Shell, scripts: readonly string[], more: More = {}): Pod {
  const { graceMs = 5_000, without = [], through = [], ...stage } = more
  const options = { shell, through, without: [CHECKOUT_CONTAINER, ...without] }
  pod = new Pod({ ...orderOf({ source: SOURCE }, scripts, { 1: stage }), graceMs }, options)
  return pod
}

/** Runs one script to its end; its log, and the exit code of its container. */
async function runIn(shell: Shell, script: string, more: More = {}) {
  await pod?.close()
  const one = startIn(shell, [script], more).run('s1')
  return { log: await one.log(), code: await one.exit() }
}

describe.skipIf(CANNOT_ISOLATE).each(SHELLS)('the wrapper in $name', (shell) => {
  const start = startIn.bind(null, shell)
  const run = runIn.bind(null, shell)

  test('a script runs in the workspace, in an environment of its own, with all its words in one log', async () => {
    const { log, code } = await run(
      'pwd; echo $CI $MINE "$PERIPLUS_SEGMENT"; echo err >&2; wc -c; touch "$HOME/x"',
      {
        env: { MINE: 'a  $(b) {{c}} $$d' },
      },
    )

    expect(log).toEqual([
      '<hello>',
      '<start 1>',
      '/workspace/source',
      expect.stringMatching(/^true a \$\(b\) \{\{c\}\} \$\$d p-test-/),
      'err',
      '0',
      '<end exit=0>',
    ])
    expect(code).toBe(0)
    expect(existsSync(join(pod.volume, '.home/x'))).toBe(true)
  })

  test('each stage waits for the one before it', async () => {
    start(['sleep 0.3; echo one > file', 'cat file; echo two > file', 'cat file'])

    expect(await pod.run('s3').log()).toEqual(['<hello>', '<start 1>', 'two', '<end exit=0>'])
    expect(await pod.run('s2').log()).toEqual(['<hello>', '<start 1>', 'one', '<end exit=0>'])
    expect(await pod.run('s1').exit()).toBe(0)
  })

  test('what follows a failure is skipped, and exits with 0', async () => {
    start(['exit 64', 'echo ran', 'echo ran'])

    expect(await pod.run('s3').log()).toEqual(['<hello>', '<end skipped>'])
    expect(await pod.run('s2').log()).toEqual(['<hello>', '<end skipped>'])
    expect(await pod.run('s1').log()).toEqual(['<hello>', '<start 1>', '<end exit=64>'])
    expect([await pod.run('s1').exit(), await pod.run('s2').exit(), await pod.run('s3').exit()]).toEqual([
      64, 0, 0,
    ])
  })

  test('a failed stage stays until the last of its segment has ended', async () => {
    const s1 = start(['exit 3', 'true'], { without: ['s2'] }).run('s1')
    let left = false
    const leaves = s1.exit().then((code) => {
      left = true
      return code
    })

    await s1.says('<end exit=3>')
    await pod.begin('s2').says('<hello>')

    expect(left).toBe(false)
    expect(await leaves).toBe(3)
    expect(pod.run('s2').lines()).toEqual(['<hello>', '<end skipped>'])
  })

  test('a failure that may be passed over is told, and the next runs', async () => {
    start(['exit 3', 'echo ran'], { continueOnFailure: true })

    expect(await pod.run('s1').log()).toEqual(['<hello>', '<start 1>', '<end exit=3>'])
    expect(await pod.run('s2').log()).toEqual(['<hello>', '<start 1>', 'ran', '<end exit=0>'])
    expect(await pod.run('s1').exit()).toBe(0)
  })

  test('a failed script is tried again as often as it may', async () => {
    const enough = await run('echo >> n; [ "$(wc -l < n)" -gt 2 ]', { retries: 2 })
    const tooFew = await run('exit 5', { retries: 1 })

    expect(enough.log.filter((line) => line.startsWith('<'))).toEqual([
      '<hello>',
      '<start 1>',
      '<retry 1 exit=1>',
      '<start 2>',
      '<retry 2 exit=1>',
      '<start 3>',
      '<end exit=0>',
    ])
    expect(tooFew.log.slice(1)).toEqual(['<start 1>', '<retry 1 exit=5>', '<start 2>', '<end exit=5>'])
  })

  test('a timeout is obeyed, or enforced after the grace, and each attempt has its own', async () => {
    const obeyed = await run(`trap 'echo tidy; exit 0' TERM; ${LISTENING}`, {
      timeoutMs: 300,
      retries: 1,
    })
    const ignored = await run(`trap '' TERM; ${FOREVER}`, { timeoutMs: 300, graceMs: 300 })

    expect(obeyed.log).toEqual([
      '<hello>',
      '<start 1>',
      'ready',
      'tidy',
      '<retry 1 exit=143 timeout>',
      '<start 2>',
      'ready',
      'tidy',
      '<end exit=143 timeout>',
    ])
    expect(ignored.log).toEqual(['<hello>', '<start 1>', '<end exit=137 timeout>'])
    expect([obeyed.code, ignored.code]).toEqual([143, 137])
  })

  test('SIGTERM before its turn: nothing runs', async () => {
    start([FOREVER, 'echo ran'], { without: ['s1'] })
    const s2 = pod.run('s2')

    await s2.says('<hello>')
    s2.term()

    expect(await s2.log()).toEqual(['<hello>', '<end skipped>'])
    expect(await s2.exit()).toBe(143)
  })

  test('SIGTERM while it runs is handed on once, waited for, and not tried again', async () => {
    const s1 = start(
      [`echo a=b > $PERIPLUS_OUTPUT; trap 'echo tidy; exit 0' TERM; ${LISTENING}`, 'echo ran'],
      {
        retries: 3,
      },
    ).run('s1')

    await s1.says('ready')
    await pod.run('s2').says('<hello>')
    s1.term()
    pod.run('s2').term()

    expect(await s1.log()).toEqual(['<hello>', '<start 1>', 'ready', 'tidy', '<end exit=143 term>'])
    expect(await pod.run('s2').log()).toEqual(['<hello>', '<end skipped>'])
    expect(await s1.exit()).toBe(143)
  })

  test('SIGTERM to the wrapper alone reaches the whole script; who ignores it is killed after the grace', async () => {
    const script = `(trap '' TERM; ${FOREVER}) & echo ready; ${FOREVER}`
    const s1 = start([script], { continueOnFailure: true, graceMs: 300 }).run('s1')

    await s1.says('ready')
    s1.termWrapper()

    expect((await s1.log()).at(-1)).toBe('<end exit=143 term>')
    expect(readFileSync(join(pod.volume, '.periplus/s1'), 'utf8')).toBe('143\n')
    expect(await s1.exit()).toBe(143)
  })

  test('a second SIGTERM changes nothing', async () => {
    const script = `set +e; trap 'echo told' TERM; ${LISTENING}; ${FOREVER}`
    const s1 = start([script], { graceMs: 600 }).run('s1')

    await s1.says('ready')
    s1.term()
    await s1.says('told')
    s1.term()

    expect((await s1.log()).slice(2)).toEqual(['ready', 'told', '<end exit=137 term>'])
  })

  test('SIGTERM while a failed stage stays: it exits with its own code', async () => {
    const s1 = start(['exit 3', 'true'], { without: ['s2'] }).run('s1')

    await s1.says('<end exit=3>')
    s1.term()

    expect(await s1.exit()).toBe(3)
    expect(s1.lines().at(-1)).toBe('<end exit=3>')
  })

  test('SIGTERM after the script’s own end leaves it its verdict', async () => {
    const script = `(trap '' TERM; sleep 0.1 || sleep 1; echo ready; sleep 0.2 || sleep 1; echo more) & exit 3`
    const s1 = start([script], { retries: 1 }).run('s1')

    await s1.says('ready')
    s1.term()

    expect((await s1.log()).at(-1)).toBe('<end exit=3>')
  })

  test('processes that a script leaves behind have a moment to end, then they are killed and counted', async () => {
    const patient = await run('(sleep 0.2; echo later) & echo now')
    const stubborn = await run(`((sleep 1000 &) &); (trap '' TERM HUP; sh -c 'sleep 1000; :' &); echo now`)

    expect(patient.log).toEqual(['<hello>', '<start 1>', 'now', 'later', '<end exit=0>'])
    expect(stubborn.log).toEqual(['<hello>', '<start 1>', 'now', '<end exit=0 left=3>'])
  })

  test('what an attempt leaves behind does not live on in the next', async () => {
    const { log } = await run('(sleep 1000 &); echo >> n; [ "$(wc -l < n)" -gt 1 ]', {
      retries: 1,
      timeoutMs: 60_000,
    })

    expect(log).toEqual([
      '<hello>',
      '<start 1>',
      '<retry 1 exit=1 left=1>',
      '<start 2>',
      '<end exit=0 left=1>',
    ])
  })

  test('outputs of every attempt that ran to its end are sent', async () => {
    const { log } = await run(
      'echo >> n; printf "try=%s\\r\\n" "$(wc -l < n)" >> "$PERIPLUS_OUTPUT"; [ "$(wc -l < n)" -gt 1 ]',
      { retries: 1 },
    )

    expect(filesIn(log).map(String)).toEqual(['try=1\r\n', 'try=2\r\n'])
  })

  test('64 KiB of outputs come through whole, in pieces of 8,000 characters', async () => {
    const text = `a<<END\n${'ä{{$b}}\u0000\u001f"\\\n'.repeat(5000)}END\n`
    const script = `cat > "$PERIPLUS_OUTPUT" <<'E_O_F'\n${text.replaceAll('\0', '')}E_O_F`
    const { log } = await run(script)

    expect(filesIn(log).map(String)).toEqual([text.replaceAll('\0', '')])
    expect(log.filter((line) => line.startsWith('<d ')).every((line) => line.length <= 8_004)).toBe(true)
    expect(log.at(-1)).toBe('<end exit=0>')
  })

  test('outputs that are malformed, too long or no file fail the stage, unless it has failed already', async () => {
    const ends: (string | undefined)[] = []
    for (const script of [
      'printf "a=b\\nnonsense\\n" > "$PERIPLUS_OUTPUT"',
      'printf "a<<END\\nb\\n" > "$PERIPLUS_OUTPUT"',
      'head -c 70000 /dev/zero > "$PERIPLUS_OUTPUT"',
      'ln -s /etc/passwd "$PERIPLUS_OUTPUT"',
      'mkfifo "$PERIPLUS_OUTPUT"',
      'echo nonsense > "$PERIPLUS_OUTPUT"; exit 7',
    ]) {
      ends.push((await run(script)).log.slice(2).join())
    }

    expect(ends).toEqual([
      '<end exit=1 output-line=2>',
      '<end exit=1 output-line=1>',
      '<end exit=1 output-bytes=70000>',
      '<end exit=1 output-file>',
      '<end exit=1 output-file>',
      '<end exit=7>',
    ])
  })

  test('a script that kills itself has failed with the signal’s code', async () => {
    expect((await run('kill -9 $$')).log).toEqual(['<hello>', '<start 1>', '<end exit=137>'])
    expect((await run('kill -TERM $$')).log).toEqual(['<hello>', '<start 1>', '<end exit=143>'])
    expect((await run('nosuchcommand')).log.slice(2)).toEqual([
      expect.stringContaining('nosuchcommand'),
      '<end exit=127>',
    ])
  })

  test('a script that signals its own group ends itself alone', async () => {
    expect((await run(`trap '' TERM; kill 0; echo here`)).log).toEqual([
      '<hello>',
      '<start 1>',
      'here',
      '<end exit=0>',
    ])
    expect((await run('kill -KILL -$$')).log).toEqual(['<hello>', '<start 1>', '<end exit=137>'])
  })

  test('reports are sent packed, of a failed script, too, and each that cannot be is told with why', async () => {
    const paths = ['out/a b.json', 'none', 'dir', 'etc', 'there', 'up', 'large', 'dense', 'last']
    const reports = paths.map((path): PlannedReport => ({ name: path, path, format: 'sarif' }))
    const script = [
      ...['mkdir out dir', "seq 1 20000 > 'out/a b.json'", 'ln -s /etc/passwd etc', 'ln -s ../.. up'],
      ...['echo x > real', 'ln -s real there', 'head -c 33554433 /dev/zero > large'],
      ...['head -c 7000000 /dev/urandom > dense', 'printf end > last', 'exit 3'],
    ]
    const { log } = await run(script.join('; '), { reports })

    expect(log.filter((line) => !line.startsWith('<d '))).toEqual([
      ...['<hello>', '<start 1>', expect.stringMatching(/^<file report-0.gz b64 \d+>$/), '<file-end>'],
      ...['<report 1 missing>', '<report 2 file>', '<report 3 file>'],
      ...[expect.stringMatching(/^<file report-4.gz b64 /), '<file-end>', '<report 5 file>'],
      ...['<report 6 bytes=33554433>', expect.stringMatching(/^<report 7 packed=7\d{6}>$/)],
      ...[expect.stringMatching(/^<file report-8.gz b64 /), '<file-end>', '<end exit=3>'],
    ])
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index + 1}\n`).join('')
    expect(filesIn(log).map(unzipped)).toEqual([lines, 'x\n', 'end'])
    expect(Math.max(...log.map((line) => line.length))).toBeLessThan(8_010)
  })

  test('a script that is told to end leaves no report', async () => {
    const reports: PlannedReport[] = [{ name: 'r', path: 'r', format: 'sarif' }]
    const one = start([`echo x > r; ${LISTENING}`], { reports }).run('s1')
    await one.says('ready')
    one.term()

    expect((await one.log()).join()).not.toContain('report')
  })

  test('a script may close its output', async () => {
    expect((await run('echo one; exec >&- 2>&-; echo a=b > "$PERIPLUS_OUTPUT"')).log).toEqual([
      '<hello>',
      '<start 1>',
      'one',
      '<file output b64 4>',
      '<d YT1iCg==>',
      '<file-end>',
      '<end exit=0>',
    ])
  })

  test('bytes come through as they are, and a last line may be unfinished', async () => {
    await run(`printf '\\0\\001\\377\\200\\033[31m\\r\\n\\r'; printf unfinished`)

    const bytes = pod.run('s1').bytes
    const from = bytes.indexOf('start 1\n') + 'start 1\n'.length
    expect(bytes.subarray(from, bytes.indexOf('unfinished')).toString('latin1')).toBe(
      '\0\x01\xff\x80\x1b[31m\r\n\r',
    )
    expect(bytes.toString('latin1')).toMatch(/unfinished\x1e[0-9a-f]{12} end exit=0\n$/)
  })

  test('100,000 lines come whole and in order', async () => {
    const { log } = await run('seq 1 100000')

    expect(log.slice(2, -1)).toEqual(Array.from({ length: 100_000 }, (_, index) => String(index + 1)))
  })

  test('a script longer than an argument may be arrives to the letter', async () => {
    const text = 'ä{{{ $x $$ $(y) "\'\\ }}'.repeat(12_000)
    const { log } = await run(
      `cat <<'E_O_F' | md5sum\n${text}\nE_O_F\nenv | grep -c PERIPLUS_SCRIPT_ || true`,
    )

    expect(log[2]).toBe(
      Bun.spawnSync(['md5sum'], { stdin: Buffer.from(`${text}\n`) })
        .stdout.toString()
        .trim(),
    )
    expect(log[3]).toBe('0')
  })

  test.skipIf(process.getuid?.() !== 0)(
    'where nothing can be written down, it ends at once and lets Argo end the others',
    async () => {
      start(['echo ran', 'echo ran'], { without: ['s1', 's2'] })
      chmodSync(join(pod.volume, '.periplus'), 0o555)

      const s1 = pod.begin('s1')

      expect((await s1.log()).at(-1)).toMatch(/^<end exit=[^0]/)
      expect(await s1.exit()).toBe(1)
    },
  )

  test('where other containers’ processes could be seen, nothing runs', async () => {
    const { log } = await run('echo ran', { through: ['sh', '-c', '"$@"; exit $?', 'sh'] })

    expect(log).toEqual(['<hello>', expect.stringContaining('no shareProcessNamespace'), '<end exit=1>'])
  })
})

describe.skipIf(CANNOT_ISOLATE).each(POOR)(
  'without base64, setsid and parts of seconds the wrapper',
  (shell) => {
    test('hands outputs on', async () => {
      const { log } = await runIn(shell, 'echo a=b > "$PERIPLUS_OUTPUT"')

      expect(log).toContain('<file output hex 4>')
      expect(filesIn(log).map(String)).toEqual(['a=b\n'])
    })

    test('sends reports', async () => {
      const reports: PlannedReport[] = [{ name: 'r', path: 'r', format: 'sarif' }]
      const { log } = await runIn(shell, 'echo r > r', { reports })

      expect(log).toContainEqual(expect.stringMatching(/^<file report-0.gz hex /))
      expect(filesIn(log).map(unzipped)).toEqual(['r\n'])
    })

    test('heeds a timeout and a SIGTERM that are ignored', async () => {
      const late = await runIn(shell, `trap '' TERM; ${FOREVER}`, { timeoutMs: 300, graceMs: 300 })
      const told = startIn(shell, [`trap '' TERM; echo ready; ${FOREVER}`], { graceMs: 300 }).run('s1')
      await told.says('ready')
      told.term()

      expect(late.log.at(-1)).toBe('<end exit=137 timeout>')
      expect((await told.log()).at(-1)).toBe('<end exit=137 term>')
    })
  },
)

/** What was sent between marks. */
function filesIn(log: readonly string[]): Buffer[] {
  const files: Buffer[] = []
  let encoding: BufferEncoding = 'base64'
  let data: string | null = null
  for (const line of log) {
    const [, file] = /^<file \S+ (b64|hex) \d+>$/.exec(line) ?? []
    if (file !== undefined) {
      encoding = file === 'hex' ? 'hex' : 'base64'
      data = ''
    } else if (line.startsWith('<d ')) data += line.slice(3, -1)
    else if (line === '<file-end>' && data !== null) files.push(Buffer.from(data, encoding))
  }
  return files
}

function unzipped(bytes: Uint8Array): string {
  return new TextDecoder().decode(Bun.gunzipSync(Uint8Array.from(bytes)))
}
