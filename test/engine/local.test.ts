import { afterEach, beforeEach, describe, expect, spyOn, test } from 'bun:test'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { News } from '../../src/engine/engine.ts'
import {
  finishOf,
  isReady,
  linesOf,
  milestones,
  numbered,
  offsetsOf,
  orderOf,
  story,
  until,
} from './conformance.ts'
import { Ground, isAlive, markedProcesses } from './ground.ts'

const isRoot = process.getuid?.() === 0

let g: Ground
beforeEach(() => {
  g = new Ground()
})
afterEach(() => g.close())

/** Runs these scripts as the stages of a segment, from 1, and tells its story. */
async function run(...scripts: string[]): Promise<News[]> {
  const order = orderOf(g, scripts)
  await g.engine.submit(order)
  return await story(g, order.handle)
}

function marksOf(news: readonly News[]): string[] {
  return news.flatMap((one) => (one.type === 'mark' ? [one.text] : []))
}

/** A process that has left its session, its parent and its environment behind, and ignores SIGTERM. */
const escapee = (file: string) =>
  `env -i setsid sh -c 'trap "" TERM; echo $$ > ${file}; while :; do sleep 0.1; done' >/dev/null 2>&1 </dev/null &`

describe('what a stage sees', () => {
  test('a script has standard error in its place among its lines, and may open /dev/stderr', async () => {
    const news = await run('echo out; echo err >&2; echo dev > /dev/stderr; echo last')

    expect(linesOf(news, 1)).toEqual(['out', 'err', 'dev', 'last'])
  })

  test('the first command that fails ends the script', async () => {
    const news = await run('echo before; false; echo after')

    expect(linesOf(news, 1)).toEqual(['before'])
    expect(finishOf(news, 1)).toMatchObject({ status: 'failed', exitCode: 1, reason: 'Exit code 1.' })
  })

  test('its environment is the order’s and a little more, nothing of the server’s', async () => {
    const order = orderOf(g, ['env | sort'], { 1: { env: { TOKEN: 'a b\nc', HOME: '/somewhere' } } })

    await g.engine.submit(order)
    const names = linesOf(await story(g, order.handle), 1).map((line) => line.split('=')[0])

    expect(names).toEqual(
      [
        'c',
        'CI',
        'HOME',
        'PATH',
        'PERIPLUS_IMAGE_ARCHIVE',
        'PERIPLUS_OUTPUT',
        'PERIPLUS_SEGMENT',
        'PERIPLUS_WORKSPACE',
        'PWD',
        'TOKEN',
      ].sort(),
    )
  })

  test('standard input is empty and leaves the script alone', async () => {
    const news = await run('cat; echo still here')

    expect(linesOf(news, 1)).toEqual(['still here'])
  })

  test('stages of a segment share a workspace', async () => {
    const news = await run('echo made > file', 'cat file readme')

    expect(linesOf(news, 2)).toEqual(['made', 'first'])
  })

  test('its files are there while it runs and gone after it, and nobody else is told of them', async () => {
    const look = 'cat "$PERIPLUS_FILES/token"; stat -c %a "$PERIPLUS_FILES" "$PERIPLUS_FILES/token"; false'
    const order = orderOf(g, [look, 'echo "told $PERIPLUS_FILES."; ls ../files || true'], {
      1: { files: { token: 'a-secret\n' }, continueOnFailure: true, retries: 1 },
    })

    await g.engine.submit(order)
    const news = await story(g, order.handle)

    expect(linesOf(news, 1)).toEqual(['a-secret', '700', '600', 'a-secret', '700', '600'])
    expect(linesOf(news, 2)[0]).toBe('told .')
    expect(linesOf(news, 2)[1]).toContain('No such file')
    expect(existsSync(join(g.segment(order.handle), 'files'))).toBe(false)
  })

  test('secrets stand in a file of their own until the segment is claimed', async () => {
    const order = orderOf(g, [g.script({ does: 'waits' })], { 1: { env: { TOKEN: 'very-secret' } } })

    await g.engine.submit(order)
    const before = g.segment(order.handle)
    await until(g, order.handle, isReady)
    const files = readdirSync(before, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    const holding = files.filter((one) =>
      readFileSync(join(one.parentPath, one.name)).includes('very-secret'),
    )

    expect(holding.map((one) => one.name)).toEqual([])
    expect(statSync(join(before, 'order.json')).mode & 0o777).toBe(0o600)
    expect(statSync(before).mode & 0o777).toBe(0o700)
  })
})

describe('lines', () => {
  test('200,000 lines arrive, each once and in order', async () => {
    const news = await run('seq 1 200000')

    const lines = linesOf(news, 1)
    expect(lines.length).toBe(200_000)
    expect(lines.every((line, index) => line === String(index + 1))).toBe(true)
  })

  test('endings, colours, progress bars and bytes that are no text are kept as they may be', async () => {
    const news = await run(
      `printf 'a\\r\\nb\\n\\n10%%\\r20%%\\r30%%\\n\\033[32mgreen\\033[0m\\n\\377\\376\\000x\\n\\357\\273\\277bom\\nno newline'`,
    )

    expect(linesOf(news, 1)).toEqual([
      'a',
      'b',
      '',
      '10%\r20%\r30%',
      '\u001b[32mgreen\u001b[0m',
      '\ufffd\ufffd\u0000x',
      '\ufeffbom',
      'no newline',
    ])
  })

  test('a character that two reads share stays whole', async () => {
    const news = await run(`printf '\\303'; sleep 0.05; printf '\\244\\n'`)

    expect(linesOf(news, 1)).toEqual(['ä'])
  })

  test('a line of 50 MB is cut, and a mark says so', async () => {
    const news = await run(`head -c 50000000 /dev/zero | tr '\\0' x; echo; echo after`)

    const lines = linesOf(news, 1)
    expect(lines.map((line) => line.length)).toEqual([128 * 1024, 5])
    expect(marksOf(news)).toEqual([
      `The line above was longer: ${50_000_000 - 128 * 1024} more bytes were cut.`,
    ])
  })

  test('a line is timed when it is written, not when it is read', async () => {
    const order = orderOf(g, ['echo early; sleep 0.3; echo late'])

    await g.engine.submit(order)
    const news = await story(g, order.handle)
    const at = news.flatMap((one) => (one.type === 'lines' ? one.lines : []))
    const [early, late] = [at.find((line) => line.text === 'early'), at.find((line) => line.text === 'late')]

    expect((late?.at ?? 0) - (early?.at ?? 0)).toBeGreaterThanOrEqual(250)
  })

  test('a log that outgrows its limit loses its middle, and says how many lines', async () => {
    const order = { ...orderOf(g, ['seq 1 300000']), logBytesMax: 400_000 }

    await g.engine.submit(order)
    const news = await story(g, order.handle)

    const lines = linesOf(news, 1)
    const gap = news.find((one) => one.type === 'gap')
    expect(lines.length + (gap?.lines ?? 0)).toBe(300_000)
    expect(lines[0]).toBe('1')
    expect(lines.at(-1)).toBe('300000')
    expect(statSync(join(g.segment(order.handle), 'stage-1.spool')).size).toBeLessThan(450_000)
    expect(readdirSync(g.segment(order.handle)).filter((name) => name.includes('tail'))).toEqual([])
  })

  test('from any cursor of a log with a gap the rest is the same', async () => {
    const order = { ...orderOf(g, ['seq 1 100000']), logBytesMax: 200_000 }
    const told = (news: readonly News[]) =>
      news.flatMap((one) =>
        one.type === 'lines' ? one.lines.map((line) => line.text) : one.type === 'gap' ? ['…'] : [],
      )

    await g.engine.submit(order)
    const news = await story(g, order.handle)

    for (let i = 0; i < news.length; i += 1) {
      const before = news.slice(0, i + 1)
      expect([...told(before), ...told(await story(g, order.handle, offsetsOf(before)))]).toEqual(told(news))
    }
  })
})

describe('processes', () => {
  test('a termination ends children that ignore it, left their session and dropped their environment', async () => {
    const order = {
      ...orderOf(g, [
        `${escapee('pid')} trap '' TERM; until [ -s pid ]; do sleep 0.02; done; echo ready; while :; do sleep 0.1; done`,
      ]),
      graceMs: 200,
    }

    await g.engine.submit(order)
    await until(g, order.handle, isReady)
    const pid = Number(readFileSync(join(g.segment(order.handle), 'workspace/pid'), 'utf8'))
    await g.engine.terminate(order.handle)
    const news = await story(g, order.handle)

    expect(milestones(news).at(-1)).toBe('error, killed')
    expect(isAlive(pid)).toBe(false)
    expect(markedProcesses(order.handle)).toEqual([])
  })

  test('what a stage leaves behind is killed when it ends, and counted', async () => {
    const news = await run(`${escapee('pid')} until [ -s pid ]; do sleep 0.02; done; cat pid`)

    const pid = Number(linesOf(news, 1).at(-1))
    expect(finishOf(news, 1)?.status).toBe('succeeded')
    expect(isAlive(pid)).toBe(false)
    expect(
      marksOf(news).some((text) => text.endsWith('left behind was killed.') || text.endsWith('were killed.')),
    ).toBe(true)
  })

  test('a child in the background that writes on a moment longer is heard to its end', async () => {
    const news = await run('(sleep 0.2; echo later) & echo now')

    expect(linesOf(news, 1)).toEqual(['now', 'later'])
    expect(marksOf(news)).toEqual([])
  })

  test('an output that a stranger holds open keeps no stage from ending', async () => {
    const order = orderOf(g, [g.script({ does: 'waits' }), 'echo next'])

    await g.engine.submit(order)
    await until(g, order.handle, isReady)
    const [shell] = childrenOf(g.supervisorOf(order.handle))
    const held = openSync(`/proc/${shell}/fd/1`, 'w')
    await g.proceed(order.handle)
    const news = await story(g, order.handle)
    closeSync(held)

    expect(milestones(news).at(-1)).toBe('succeeded')
    expect(linesOf(news, 2)).toEqual(['next'])
    expect(marksOf(news)).toContain(
      'A process outside this stage holds its output open; what it writes is not kept.',
    )
  })

  test('a stage that obeys SIGTERM may say goodbye', async () => {
    const order = orderOf(g, [`trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done`])

    await g.engine.submit(order)
    await until(g, order.handle, isReady)
    await g.engine.terminate(order.handle)
    const news = await story(g, order.handle)

    expect(linesOf(news, 1)).toContain('bye')
    expect(finishOf(news, 1)?.status).toBe('terminated')
  })

  test('a shell that crashes has failed; one that somebody kills is an error', async () => {
    const crash = await run('kill -SEGV $$')
    const kill = await run('kill -KILL $$')

    expect(finishOf(crash, 1)).toMatchObject({ status: 'failed', reason: 'Ended by SIGSEGV.' })
    expect(finishOf(kill, 1)).toMatchObject({ status: 'error', reason: 'Killed from outside by SIGKILL.' })
  })

  test('two hundred orphans leave no zombie behind while the stage runs', async () => {
    const order = orderOf(g, [
      `for i in $(seq 200); do (sleep 0 &) ; done; echo ready; ${g.script({ does: 'waits' })}`,
    ])

    await g.engine.submit(order)
    await until(g, order.handle, isReady)
    const zombies = childrenOf(g.supervisorOf(order.handle)).filter((pid) => !isAlive(pid))
    await g.proceed(order.handle)
    await story(g, order.handle)

    expect(zombies.length).toBeLessThan(3)
  })
})

describe('when somebody dies', () => {
  test('the server, while lines are written: its successor reads on, each line once', async () => {
    const server = Bun.spawn([process.execPath, join(import.meta.dir, 'server.ts'), g.dir], {
      stdout: 'pipe',
      stdin: 'ignore',
      stderr: 'inherit',
      env: { PATH: process.env['PATH'] ?? '' },
    })
    const count = (to: number) => `while [ $i -lt ${to} ]; do echo "line $((i += 1))"; done`
    const order = orderOf(g, [`i=0; ${count(1500)}; ${g.script({ does: 'waits' })}; ${count(3000)}`])
    writeFileSync(join(g.dir, 'order.json'), JSON.stringify(order))

    const heard = await readUntilKilled(server)
    await g.restart()
    await g.proceed(order.handle)
    const news = await story(g, order.handle, heard.offsets)

    expect([...heard.lines, ...linesOf(news, 1)].filter((line) => line.startsWith('line '))).toEqual(
      numbered(3000),
    )
    expect(milestones(news).at(-1)).toBe('succeeded')
  })

  test('the supervisor: what it ran is killed before the segment is told as lost', async () => {
    const order = orderOf(g, [
      `${escapee('pid')} until [ -s pid ]; do sleep 0.02; done; sleep 1.2; echo ready; sleep 1000`,
    ])

    await g.engine.submit(order)
    await until(g, order.handle, isReady)
    const pid = Number(readFileSync(join(g.segment(order.handle), 'workspace/pid'), 'utf8'))
    await g.lose(order.handle)
    const news = await story(g, order.handle)

    expect(milestones(news).at(-1)).toBe('lost, gone')
    expect(isAlive(pid)).toBe(false)
    expect(markedProcesses(order.handle)).toEqual([])
  })

  test('the supervisor, before it could note anything: a control group holds all that it ran', async () => {
    const order = orderOf(g, [
      `${escapee('pid')} until [ -s pid ]; do sleep 0.01; done; echo ready; sleep 1000`,
    ])

    await g.engine.submit(order)
    await until(g, order.handle, isReady)
    const { group } = JSON.parse(readFileSync(join(g.segment(order.handle), 'claimed'), 'utf8'))
    await g.lose(order.handle)
    const pid = Number(readFileSync(join(g.segment(order.handle), 'workspace/pid'), 'utf8'))
    const news = await story(g, order.handle)
    const survived = isAlive(pid)
    if (survived) process.kill(pid, 'SIGKILL')

    expect(milestones(news).at(-1)).toBe('lost, gone')
    // Without the right to make groups, a process this well hidden is beyond anybody's reach.
    if (group !== null) expect(survived).toBe(false)
  })

  test('the supervisor, told to end by somebody else: all ends, and the reason says who was told', async () => {
    const order = orderOf(g, [g.script({ does: 'waits' })])

    await g.engine.submit(order)
    await until(g, order.handle, isReady)
    process.kill(g.supervisorOf(order.handle), 'SIGTERM')
    const news = await story(g, order.handle)

    expect(news.at(-1)).toMatchObject({
      verdict: 'error',
      killed: true,
      reason: 'Its supervisor was told to end from outside, by SIGTERM.',
    })
  })

  test('nobody began it: two servers that look start it once', async () => {
    const order = orderOf(g, [g.script({ does: 'ends', lines: ['once'], exit: 0 })])
    const helpless = new Ground({ dir: join(g.dir, 'local'), self: ['/bin/false'] })

    await helpless.engine.submit(order)
    const other = new Ground({ dir: join(g.dir, 'local') })
    await Promise.all([g.engine.look(order.handle), other.engine.look(order.handle), g.engine.submit(order)])
    const news = await story(g, order.handle)
    await Promise.all([helpless.close(), other.close()])

    expect(linesOf(news, 1)).toEqual(['once'])
    expect(milestones(news)).toEqual(['segment.started', '1 began', '1 succeeded', 'succeeded'])
  })

  test('a supervisor that cannot start is doubt with a reason, and can be terminated', async () => {
    const helpless = new Ground({ dir: join(g.dir, 'local'), self: ['/no/such/program'] })
    const order = orderOf(g, ['true'])

    await helpless.engine.submit(order)
    const waits = await until(helpless, order.handle, (one) => one.type === 'waits')
    const seen = await helpless.engine.look(order.handle)
    await helpless.engine.terminate(order.handle)
    const news = await story(helpless, order.handle)
    await helpless.close()

    expect(waits.at(-1)).toMatchObject({ reason: expect.stringContaining('cannot be started') })
    expect(seen).toBe('unknown')
    expect(milestones(news)).toEqual(['1 skipped', 'error, killed'])
  })
})

describe('the workspace', () => {
  test('artifacts of an earlier segment lie in a later one, and nothing from outside comes with them', async () => {
    const build = orderOf(
      g,
      [
        'mkdir -p dist/deep && echo app > dist/deep/app && ln -s deep/app dist/link && ln -s /etc/passwd dist/stolen && ln -s /etc outside',
      ],
      {
        1: { artifacts: ['dist/**', 'outside/passwd', 'nothing/*'] },
      },
    )
    const deploy = {
      ...orderOf(g, ['cat dist/deep/app dist/link; ls dist; ls outside 2>/dev/null || echo none']),
      artifactsFrom: [build.handle],
    }

    await g.engine.submit(build)
    const kept = await story(g, build.handle)
    await g.engine.submit(deploy)
    const news = await story(g, deploy.handle)

    expect(linesOf(news, 1)).toEqual(['app', 'app', 'deep', 'link', 'none'])
    expect(marksOf(kept)).toContain('dist/stolen is not kept: it is a link that leads out of the workspace.')
    expect(marksOf(kept)).toContain('No file matches the artifact nothing/*.')
  })

  test('an artifact that names a way out fails its stage', async () => {
    const order = orderOf(g, ['true', 'true', 'true'], {
      1: { artifacts: ['../../*'], continueOnFailure: true },
      2: { artifacts: ['/etc/passwd'], continueOnFailure: true },
    })

    await g.engine.submit(order)
    const news = await story(g, order.handle)

    expect(finishOf(news, 1)?.reason).toBe(
      'The artifact ../../* leads out of the workspace; name paths below it.',
    )
    expect(finishOf(news, 2)?.status).toBe('failed')
  })

  test('a link in a workspace is replaced, not followed, when artifacts are laid', async () => {
    const build = orderOf(g, ['mkdir dist && echo new > dist/file'], { 1: { artifacts: ['dist'] } })
    const trap = join(g.dir, 'trap')
    mkdirSync(trap)
    symlinkSync(trap, join(g.source.url, 'dist'))
    const source = g.commit('A link where artifacts go')
    const deploy = { ...orderOf({ source }, ['cat dist/file']), artifactsFrom: [build.handle] }

    await g.engine.submit(build)
    await story(g, build.handle)
    await g.engine.submit(deploy)
    const news = await story(g, deploy.handle)

    expect(linesOf(news, 1)).toEqual(['new'])
    expect(existsSync(join(trap, 'file'))).toBe(false)
  })

  test('release removes what stages made unwritable', async () => {
    const order = orderOf(g, ['mkdir -p a/b && touch a/b/c && chmod -R a-w a'])

    await g.engine.submit(order)
    await story(g, order.handle)
    await g.engine.release(order.handle)

    expect(readdirSync(join(g.dir, 'local/segments'))).toEqual([])
  })

  test('outputs that are too long, malformed or no file fail their stage', async () => {
    const reasonOf = async (script: string) => finishOf(await run(script), 1)?.reason

    expect(await reasonOf('head -c 70000 /dev/zero > $PERIPLUS_OUTPUT')).toBe(
      'The outputs are 70000 bytes long; at most 65536 are kept.',
    )
    expect(await reasonOf('echo nonsense > $PERIPLUS_OUTPUT')).toBe(
      'Line 1 of PERIPLUS_OUTPUT is neither key=value nor key<<END with an END of its own.',
    )
    expect(await reasonOf('printf "a=b\\nc<<END\\nd\\n" > $PERIPLUS_OUTPUT')).toBe(
      'Line 2 of PERIPLUS_OUTPUT is neither key=value nor key<<END with an END of its own.',
    )
    expect(await reasonOf('ln -s /etc/passwd $PERIPLUS_OUTPUT')).toBe(
      'PERIPLUS_OUTPUT is not a plain file any more.',
    )
  })
})

test('a server that is not root promises no stage to be', async () => {
  const ground = new Ground()
  ground.open()
  const user = spyOn(process, 'getuid').mockReturnValue(1_000)

  const { tools } = await ground.engine.check()

  user.mockRestore()
  await ground.close()
  expect(tools).not.toContain('root')
})

describe.if(isRoot)('with another user', () => {
  test('stages run as that user in a workspace of its own, and cannot read the order', async () => {
    const other = new Ground({ runAs: 'nobody' })
    other.open()
    const order = orderOf(
      other,
      [
        'id -un; whoami; touch made; stat -c %U made readme; cat ../order.json || echo denied; echo a=b > $PERIPLUS_OUTPUT; git log --oneline | wc -l',
        'id -un',
      ],
      { 2: { asRoot: true } },
    )

    await other.engine.submit(order)
    const news = await story(other, order.handle)
    const health = await other.engine.check()
    await other.close()

    expect(linesOf(news, 1)).toEqual([
      'nobody',
      'nobody',
      'nobody',
      'nobody',
      expect.stringContaining('ermission denied'),
      'denied',
      '1',
    ])
    expect(linesOf(news, 2)).toEqual(['root'])
    expect(news).toContainEqual({ type: 'outputs', stage: 1, outputs: { a: 'b' } })
    expect(health).toMatchObject({
      reachable: true,
      tools: expect.arrayContaining(['sh', 'git', 'root']),
      warnings: [],
    })
  })

  test('a user that is not there, or cannot get there, is said', async () => {
    const absent = new Ground({ runAs: 'nobody-of-that-name' })
    const locked = new Ground({ runAs: 'nobody' })

    expect((await absent.engine.check()).reason).toContain('no user nobody-of-that-name')
    expect((await locked.engine.check()).reason).toContain('nobody cannot enter')
    await expect(absent.engine.submit(orderOf(absent, ['true']))).rejects.toThrow('no user')
    await absent.close()
    await locked.close()
  })
})

describe.if(isRoot)('on a full disk', () => {
  test('a stage whose log cannot be written is an error that says so, and its end is still recorded', async () => {
    const disk = join(g.dir, 'local')
    mkdirSync(disk)
    const mounted = Bun.spawnSync(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk])
    if (mounted.exitCode !== 0) return
    try {
      const order = orderOf(g, ['seq 1 10000000', 'true'])

      await g.engine.submit(order)
      const news = await story(g, order.handle)

      expect(milestones(news)).toEqual(['segment.started', '1 began', '1 error', '2 skipped', 'error'])
      expect(finishOf(news, 1)?.reason).toBe('The log could not be written: The disk is full.')
      expect(linesOf(news, 1).slice(0, 1000)).toEqual(Array.from({ length: 1000 }, (_, i) => String(i + 1)))
    } finally {
      Bun.spawnSync(['umount', '-l', disk])
    }
  })
})

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
}

/** Reads what a server heard, kills it amid the lines, and says where it stood. */
async function readUntilKilled(server: Bun.Subprocess<'ignore', 'pipe', 'inherit'>) {
  const news: News[] = []
  let rest = ''
  const decoder = new TextDecoder()
  for await (const chunk of server.stdout) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) news.push(JSON.parse(part) as News)
    if (linesOf(news, 1).length > 20) server.kill('SIGKILL')
  }
  expect(await server.exited).not.toBe(0)
  return {
    offsets: offsetsOf(news),
    lines: news.flatMap((one) => (one.type === 'lines' ? one.lines : [])).map((line) => line.text),
  }
}
