import { describe, expect, test } from 'bun:test'
import { readLine } from '../../views/log/ansi.ts'
import { logRow, type RowExtras } from '../../views/log/row.ts'

const partsOf = (line: string) => readLine(line).parts
const textOf = (line: string) =>
  partsOf(line)
    .map((part) => part.text)
    .join('')

describe('colours', () => {
  test('a coloured word has its class, the rest has none', () => {
    expect(partsOf('\x1b[32mPASS\x1b[0m cart')).toEqual([
      { text: 'PASS', look: 'a2', href: null },
      { text: ' cart', look: '', href: null },
    ])
  })

  test('bold and colour add up, and a bare m ends both', () => {
    expect(partsOf('\x1b[1;31mno\x1b[m!').map((part) => part.look)).toEqual(['a1 ab', ''])
  })

  test('256 colours and true colours become the nearest hue', () => {
    expect(partsOf('\x1b[38;5;196mred')[0]?.look).toBe('a1')
    expect(partsOf('\x1b[38;2;20;180;40mgreen')[0]?.look).toBe('a2')
    expect(partsOf('\x1b[38;2;120;120;120mgrey')[0]?.look).toBe('a8')
    expect(partsOf('\x1b[48;5;21mblue')[0]?.look).toBe('g4')
  })

  test('a code that is cut off or unknown draws nothing', () => {
    expect(partsOf('\x1b[38;5mx\x1b[999my')).toEqual([{ text: 'xy', look: '', href: null }])
  })
})

describe('everything else a terminal would obey', () => {
  test('is dropped: titles, cursor moves, device strings, control characters', () => {
    expect(textOf('\x1b]0;own title\x07a\x1b[2Jb\x1b[10;10Hc\x1bPq~\x1b\\d\x00\x08e\x1bcf')).toBe('abcdef')
  })

  test('a link leads to the web or nowhere', () => {
    const link = (address: string) => partsOf(`\x1b]8;;${address}\x1b\\here\x1b]8;;\x1b\\ there`)

    expect(link('https://ci.example/1')).toEqual([
      { text: 'here', look: '', href: 'https://ci.example/1' },
      { text: ' there', look: '', href: null },
    ])
    for (const address of ['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'https://a b'])
      expect(link(address)[0]?.href ?? null).toBe(null)
  })

  test('a progress bar shows its last state', () => {
    expect(textOf('10 %\r50 %\r100 %')).toBe('100 %')
    expect(textOf('done\r')).toBe('done')
    expect(textOf('done\r\x1b[K')).toBe('done')
  })

  test('a line of 64 KiB of escapes takes no time', () => {
    expect(textOf('\x1b[1m\x1b]8;;'.repeat(8_000)).length).toBe(0)
    expect(textOf('\x1bP'.repeat(32_000)).length).toBe(0)
  })
})

describe('folds', () => {
  test('are opened and closed by either spelling, and lose their marker', () => {
    expect(readLine('::group::Install')).toEqual({
      parts: [{ text: 'Install', look: '', href: null }],
      fold: 'open',
    })
    expect(readLine('##[group]Install').fold).toBe('open')
    expect(readLine('::endgroup::')).toEqual({ parts: [], fold: 'close' })
  })
})

describe('a drawn row', () => {
  const row = (text: string, kind: 'line' | 'gap' | 'mark' = 'line') =>
    logRow({ number: 1_199, at: Date.UTC(2026, 8, 1, 8, 0, 0, 42), text, kind }, extras())
  const extras = (some: Partial<RowExtras> = {}): RowExtras => ({
    clock: { times: 'absolute', timezone: 'Europe/Athens', startedAt: null },
    ...{ looks: [], spans: [], note: null, href: null },
    ...some,
  })

  test('says exactly what was written, whatever was written', () => {
    const drawn = row('<script>alert("1")</script> \x1b]8;;https://x/"onclick="y\x07<b>\x1b]8;;\x07')

    expect(drawn).not.toContain('<script')
    expect(drawn).not.toContain('<b>')
    expect(drawn).not.toContain('"onclick="y"')
    expect(drawn).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;')
  })

  test('has its permanent number, its time in the instance’s zone, and a gap is told apart', () => {
    expect(row('x')).toContain(
      '<p id="L1199"><a href="#L1199" tabindex="-1">1,199</a><time datetime="2026-09-01T08:00:00.042Z">11:00:00.042</time>',
    )
    expect(row('12 lines are lost', 'gap')).toStartWith('<p class="gap"')
  })

  test('marks what was found in it, through colours and markup', () => {
    const line = { number: 1, at: 0, text: 'a <b>\x1b[31mred\x1b[0m end', kind: 'line' } as const

    expect(logRow(line, extras({ spans: [[3, 7]] }))).toContain(
      'a &lt;<mark>b&gt;</mark><span class="a1"><mark>re</mark></span><span class="a1">d</span> end',
    )
  })

  test('tells how long after its stage began it was written', () => {
    const line = { number: 1, at: 63_042, text: 'x', kind: 'line' } as const
    const clock = { times: 'relative', timezone: 'UTC', startedAt: 0 } as const

    expect(logRow(line, extras({ clock }))).toContain('>1:03.042</time>')
  })
})
