import { describe, expect, test } from 'bun:test'
import type { Command } from '../../src/cli/command.ts'
import { COMMANDS } from '../../src/cli/commands.ts'
import { EXIT_CODES, INTERRUPTED, STATUS_EXITS, TOO_SEVERE } from '../../src/cli/exit.ts'
import { commandNamed, helpOf, overview } from '../../src/cli/help.ts'
import { flagsOf, parseLine } from '../../src/cli/line.ts'
import { FAULTS } from '../../src/domain/fault.ts'

const logs = commandNamed('logs')
const approve = commandNamed('approve')

describe('a command line', () => {
  test('gives its arguments and its flags, by long name, short name, space or equals sign', () => {
    const line = parseLine(logs, ['-f', 'shop-1', '--stage', 'build', '--from=-100', '-t'])

    expect(line.arguments).toEqual(['shop-1'])
    expect([...line.flags]).toEqual([
      ['--follow', 'true'],
      ['--stage', 'build'],
      ['--from', '-100'],
      ['--timestamps', 'true'],
    ])
  })

  test('may give a flag a value that begins with one dash', () => {
    expect(parseLine(logs, ['shop-1', '--from', '-100']).flags.get('--from')).toBe('-100')
  })

  test('ends its flags at two dashes', () => {
    expect(parseLine(approve, ['--', '--odd', '-name']).arguments).toEqual(['--odd', '-name'])
  })

  const refused: readonly [string, Command, readonly string[], string][] = [
    ['an unknown flag, with a guess', logs, ['x', '--folow'], 'Did you mean --follow?'],
    ['an unknown flag like nothing, with a pointer', logs, ['x', '--zzzzzz'], 'See periplus logs --help.'],
    ['a flag without its value', logs, ['x', '--stage'], '--stage needs a value: --stage STAGE.'],
    ['a flag whose value is the next flag', logs, ['x', '--stage', '--follow'], '--stage needs a value'],
    ['a switch with a value', logs, ['x', '--follow=no'], '--follow takes no value'],
    ['a missing argument', logs, [], 'EXECUTION is missing. Use: periplus logs EXECUTION'],
    ['an argument too many', approve, ['a', 'b', 'c'], '“c” is one argument too many.'],
  ]
  test.each(refused)('is refused for %s', (_, command, words, sentence) => {
    expect(() => parseLine(command, words)).toThrow(sentence)
  })
})

describe('the table of commands', () => {
  test('is wrapped within the width of a terminal, and whole where nobody looks', () => {
    for (const columns of [80, 120])
      for (const text of [overview(columns), helpOf(commandNamed('serve'), columns)]) {
        const tables = text.slice(text.indexOf('\n\n'), text.lastIndexOf('\n\n'))

        expect(tables.split('\n').filter((line) => line.length > columns)).toEqual([])
      }
    expect(
      overview()
        .split('\n')
        .some((line) => line.length > 120),
    ).toBe(true)
  })

  test('answers a slip with the command that was meant', () => {
    expect(() => commandNamed('aprove')).toThrow('There is no command “aprove”. Did you mean approve?')
  })

  test('has no flag twice in one command', () => {
    for (const command of COMMANDS) {
      const names = flagsOf(command).flatMap(({ name, short }) =>
        short === undefined ? [name] : [name, short],
      )

      expect(new Set(names).size, command.name).toBe(names.length)
    }
  })

  test('explains every command and stands whole in the overview', () => {
    for (const command of COMMANDS) {
      expect(helpOf(command)).toContain(`Use: periplus ${command.name}`)
      expect(overview()).toContain(command.help)
    }
  })
})

test('every code that something exits with is explained, and no other', () => {
  const faults = Object.values(FAULTS).map(({ exit }) => exit)
  const used = new Set([0, INTERRUPTED, TOO_SEVERE, ...Object.values(STATUS_EXITS), ...faults])

  expect(new Set(EXIT_CODES.map(([code]) => code))).toEqual(used)
})
