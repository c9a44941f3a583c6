import { describe, expect, test } from 'bun:test'
import { parseReport } from '../../src/report/parse.ts'
import { fixture, parse } from './read.ts'

const testsOf = (name: string) => parseReport('junit', fixture(name)).tests ?? []

describe('a JUnit document', () => {
  test('of pytest', () => {
    const tests = testsOf('pytest.xml')

    expect(tests.map(({ suite, name, outcome }) => [suite, name, outcome])).toEqual([
      ['tests.test_shop.TestBasket', 'test_adds_an_item', 'passed'],
      ['tests.test_shop.TestBasket', 'test_totals_with_tax', 'failed'],
      ['tests.test_shop', 'test_ships_to[DE]', 'passed'],
      ['tests.test_shop', 'test_ships_to[FR]', 'failed'],
      ['tests.test_shop', 'test_pays', 'skipped'],
      ['tests.test_shop', 'test_reads_the_database', 'error'],
    ])
    expect(tests[1]?.message).toContain('AssertionError: the tax is wrong')
    expect(tests[5]?.message).toContain('no database')
  })

  test('of Bun, with suites in suites', () => {
    expect(testsOf('bun.xml')).toMatchObject([
      { suite: 'basket', name: 'adds an item', file: 'shop.test.ts', outcome: 'passed' },
      { name: 'totals <with> tax & "more"', outcome: 'failed' },
      { name: 'pays', outcome: 'skipped', message: null },
      { name: 'ships', outcome: 'skipped', message: 'TODO' },
    ])
  })

  test('of Node, whose classes say nothing', () => {
    expect(testsOf('node.xml')).toMatchObject([
      { suite: 'basket', name: 'adds an item', durationMs: 1 },
      { suite: 'basket', name: 'totals with tax', outcome: 'failed' },
      { suite: 'basket', name: 'pays', outcome: 'skipped', message: 'no payment provider here' },
    ])
  })

  test('of Jest, whose classes repeat the name, and of Vitest, whose are files', () => {
    expect(testsOf('jest.xml')).toMatchObject([
      { suite: 'basket', name: 'basket adds an item', durationMs: 2 },
      { suite: 'basket', name: 'basket totals <with> tax', outcome: 'failed' },
      { suite: 'basket', name: 'basket payment pays', outcome: 'skipped' },
    ])
    expect(testsOf('jest.xml')[1]?.message).toContain('(basket.test.js:4:40)')
    expect(testsOf('vitest.xml').map(({ suite, name, outcome }) => [suite, name, outcome])).toEqual([
      ['basket.test.mjs', 'basket > adds an item', 'passed'],
      ['basket.test.mjs', 'basket > totals with tax', 'failed'],
      ['basket.test.mjs', 'basket > is flaky', 'passed'],
      ['basket.test.mjs', 'basket > pays', 'skipped'],
    ])
  })

  test('of gotestsum has a test once for each time it was tried, as its own totals do', () => {
    const tests = testsOf('gotestsum.xml')
    const flaky = tests.filter(({ name }) => name === 'TestFlaky')

    expect(tests.filter(({ outcome }) => outcome === 'failed')).toHaveLength(7)
    expect(flaky.map(({ suite, outcome }) => [suite, outcome])).toEqual([
      ['shop.example/basket', 'failed'],
      ['shop.example/basket', 'passed'],
    ])
  })

  test('tells which tests passed only when they were tried again', () => {
    const { tests } = parse(
      'junit',
      `<testsuite name="s"><testcase name="a"><flakyFailure message="x">trace</flakyFailure></testcase>
      <testcase name="b"><failure message="no"/><rerunFailure message="no"/></testcase></testsuite>`,
    )

    expect(tests).toMatchObject([
      { name: 'a', outcome: 'passed', retried: true, message: null },
      { name: 'b', outcome: 'failed', retried: false, message: 'no' },
    ])
  })

  test('may lack names, have odd durations, and tests that did not run', () => {
    const { tests } = parse(
      'junit',
      `<testsuites><testsuite name="s" file="s.rb"><testcase time="1,234.5"/><testcase name="b" time="-1" status="notrun"/>
      <testcase name="c" time="soon"><error/><failure type="E"/></testcase></testsuite></testsuites>`,
    )

    expect(tests).toMatchObject([
      { suite: 's', name: 'unnamed test', file: 's.rb', durationMs: 1_234_500 },
      { outcome: 'skipped', durationMs: null },
      { outcome: 'error', durationMs: null, message: 'E' },
    ])
  })

  test('may hold what a terminal is sent, and what is no test is not read', () => {
    const { tests } = parse(
      'junit',
      '<testsuite name="s"><testcase name="a"><failure>\x1b[31mred&#27;[0m&#x1B;</failure><system-out><![CDATA[out]]></system-out></testcase></testsuite>',
    )

    expect(tests).toMatchObject([{ message: '[31mred[0m' }])
  })
})
