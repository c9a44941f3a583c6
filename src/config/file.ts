import { readFileSync, statSync } from 'node:fs'
import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { Fault } from '../domain/fault.ts'
import { didYouMean } from '../domain/nearest.ts'
import { path } from './values.ts'

/** One value as it was written, and where: a flag, a variable, a line of a file, or the table's default. */
export interface Written {
  readonly text: string | null
  readonly from: string
}

/** Where the options' file is looked for; one that was named must be there. */
export interface PlaceOfFile {
  readonly path: string
  readonly named: boolean
}

/** A file of options is a page; anything larger is another file named by mistake. */
const FILE_BYTES_MAX = 1024 * 1024

/** The options' keys; of those that are `structured` the value is a mapping, handed on as one line of JSON. */
export interface KnownKeys {
  readonly all: readonly string[]
  readonly structured: ReadonlySet<string>
}

/** Reads periplus.yaml: maps within maps or dotted keys, both spell `local.maxRunning`. An unknown key is refused. */
export function readConfigFile(place: PlaceOfFile, known: KnownKeys): ReadonlyMap<string, Written> {
  const source = readWhole(place)
  if (source === null) return new Map()
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines })
  const error = document.errors[0]
  if (error !== undefined) {
    throw new Fault('invalid', `${place.path}:${error.linePos?.[0].line ?? 1}: ${firstLine(error.message)}`)
  }
  const values = new Map<string, Written>()
  const at = (offset: number) => `${place.path}:${lines.linePos(offset).line}`
  if (isMap(document.contents)) collect(document.contents, '', { known, values, at })
  else if (document.contents !== null && source.trim() !== '') {
    throw new Fault('invalid', `${place.path} must hold options such as “listen: 127.0.0.1:7070”.`)
  }
  return values
}

/** The secret in a file, without the newline that editors leave at its end. */
export function readSecret(file: string, from: string): string {
  try {
    return readFileSync(path(file), 'utf8').trimEnd()
  } catch (error) {
    throw new Fault('invalid', `${from} names ${file}, which cannot be read: ${reasonOf(error)}.`, {
      cause: error,
    })
  }
}

interface Collection {
  readonly known: KnownKeys
  readonly values: Map<string, Written>
  at(offset: number): string
}

function collect(map: YAMLMap, prefix: string, into: Collection): void {
  for (const { key: keyNode, value } of map.items) {
    if (!isScalar(keyNode))
      throw new Fault('invalid', `${into.at(map.range?.[0] ?? 0)}: a key must be a word.`)
    const key = `${prefix}${keyNode.value}`
    const from = into.at(keyNode.range?.[0] ?? 0)
    if (isMap(value) && into.known.all.some((word) => word.startsWith(`${key}.`)))
      collect(value, `${key}.`, into)
    else if (!into.known.all.includes(key)) {
      throw new Fault('invalid', `${from}: there is no option “${key}”.${didYouMean(key, into.known.all)}`)
    } else if (value === null || (isScalar(value) && value.value === null))
      into.values.set(key, { text: null, from })
    else if (isMap(value) && into.known.structured.has(key))
      into.values.set(key, { text: JSON.stringify(value), from })
    else if (isScalar(value)) into.values.set(key, { text: value.source ?? String(value.value), from })
    else throw new Fault('invalid', `${from}: ${key} must be a single value.`)
  }
}

function readWhole(place: PlaceOfFile): string | null {
  try {
    if (statSync(place.path).size > FILE_BYTES_MAX) {
      throw new Fault('too_large', `${place.path} is larger than a file of options can be (1 MiB).`)
    }
    return readFileSync(place.path, 'utf8')
  } catch (error) {
    if (error instanceof Fault) throw error
    if (!place.named && codeOf(error) === 'ENOENT') return null
    throw new Fault('invalid', `The options in ${place.path} cannot be read: ${reasonOf(error)}.`, {
      cause: error,
    })
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.replace(/:$/, '.') ?? message
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null
}

function reasonOf(error: unknown): string {
  const reasons: Record<string, string> = {
    ENOENT: 'it does not exist',
    EACCES: 'permission denied',
    EISDIR: 'it is a directory',
    ENOTDIR: 'a part of its path is not a directory',
  }
  return reasons[String(codeOf(error))] ?? (error instanceof Error ? error.message : String(error))
}
