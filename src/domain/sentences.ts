import type { z } from 'zod'
import type { Source } from './document.ts'
import type { Finding } from './fault.ts'
import { didYouMean, nearest } from './nearest.ts'
import { type Path, pathText, valueAt } from './path.ts'
import { type DefinitionKind, keysAt } from './schema.ts'

type Issue = z.core.$ZodIssue

/** Keys that the written form has and this version cannot carry out, by where they stand. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  '': ['on'],
  source: ['registry'],
}

/** Every problem that zod saw in a document, as a sentence with its place. A message of '' asks for ours. */
export function sentencesOf(issues: readonly Issue[], kind: DefinitionKind, source: Source): Finding[] {
  const problems = issues.flatMap((issue) => innermost(issue, []))
  const explained = new Set<string>()
  const findings: Finding[] = []
  for (const { issue, path } of problems) {
    if (issue.code !== 'unrecognized_keys') continue
    for (const key of issue.keys) {
      findings.push({
        path: pathText([...path, key]),
        ...source.placeOfKey(path, key),
        message: unknownKey(key, path, keysAt(kind, path), source.value, explained),
      })
    }
  }
  for (const { issue, path } of problems) {
    if (issue.code === 'unrecognized_keys' || explained.has(pathText(path))) continue
    findings.push({ path: pathText(path), ...source.place(path), message: sentence(issue, path, source) })
  }
  return findings
}

/** The issue that matters: of a union, those of the alternative whose form was meant. */
function innermost(issue: Issue, around: Path): { readonly issue: Issue; readonly path: Path }[] {
  const path = [...around, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))]
  if (issue.code !== 'invalid_union') return [{ issue, path }]
  const meant = issue.errors.find((issues) => !issues.some(isOfAnotherForm)) ?? issue.errors[0] ?? []
  return meant.flatMap((inner) => innermost(inner, path))
}

function isOfAnotherForm(issue: Issue): boolean {
  return (issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.path.length === 0
}

/** Also notes which missing keys need no finding of their own, because this one already says what happened to them. */
function unknownKey(
  key: string,
  path: Path,
  known: readonly string[],
  value: unknown,
  explained: Set<string>,
): string {
  const missing = known.filter((name) => valueAt(value, [...path, name]) === undefined)
  if (isLater(key, path)) {
    for (const name of missing) explained.add(pathText([...path, name]))
    return `${key} is not available in this version.`
  }
  const near = nearest(key, missing)
  if (near !== null) explained.add(pathText([...path, near]))
  const where = path.length === 0 ? '' : ` in ${pathText(path)}`
  return `Unknown key ${key}${where}.${didYouMean(key, missing) || choices(known)}`
}

function isLater(key: string, path: Path): boolean {
  return LATER[pathText(path).replace(/\[\d+\]/g, '[]')]?.includes(key) ?? false
}

function choices(words: readonly string[]): string {
  return words.length === 0 ? '' : ` Known here: ${words.join(', ')}.`
}

function sentence(issue: Issue, path: Path, source: Source): string {
  const name = nameOf(path)
  const value = valueAt(source.value, path)
  if (value === undefined) return `${name} is missing.`
  if (value === null) return `${name} has no value.`
  if (issue.message !== '') return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return typeSentence(name, issue.expected, value, source.written(path))
    case 'invalid_value':
      return valueSentence(path, issue.values.map(String), value)
    case 'invalid_key':
      return issue.issues[0]?.message ?? `${name} can be no key here.`
    case 'too_big':
      return boundSentence(name, issue.origin, `at most ${issue.maximum}`)
    case 'too_small':
      if (issue.origin === 'array') return `${name} has no entries.`
      return boundSentence(name, issue.origin, `at least ${issue.minimum}`)
    default:
      return `${name} is not valid.`
  }
}

function boundSentence(name: string, origin: string, bound: string): string {
  if (origin === 'string') return `${name} has ${bound} characters.`
  return origin === 'array' ? `${name} has ${bound} entries.` : `${name} is ${bound}.`
}

const FORMS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
}

function typeSentence(name: string, expected: string, value: unknown, written: string | null): string {
  if (expected === 'string' && written !== null) {
    return `${name} is text, and ${written} is ${formOf(value)}. Write it in quotes: "${written}".`
  }
  const found = typeof value === 'number' ? String(value) : formOf(value)
  return `${name} is ${FORMS[expected] ?? expected}, not ${found}.`
}

function valueSentence(path: Path, allowed: readonly string[], value: unknown): string {
  const name = path.findLast((step) => typeof step === 'string') ?? 'value'
  if (typeof value !== 'string') return `${nameOf(path)} is one of ${allowed.join(', ')}.`
  return `No ${name} ${value}.${didYouMean(value, allowed) || ` It is one of ${allowed.join(', ')}.`}`
}

function formOf(value: unknown): string {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return FORMS[typeof value] ?? typeof value
}

/** What a person calls it: its own key, or the list that it is an entry of. */
function nameOf(path: Path): string {
  const last = path.at(-1)
  if (last === undefined) return 'The document'
  return typeof last === 'string' ? last : `Entry ${last + 1} of ${nameOf(path.slice(0, -1))}`
}
