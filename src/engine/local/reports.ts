import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  rmSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { Fault } from '../../domain/fault.ts'
import type { PlannedReport } from '../../domain/report.ts'
import type { News, StageOrder } from '../engine.ts'
import { NO_PLAIN_REPORT, NO_REPORT, REPORT_BYTES_MAX, TORN_REPORT, tooLargeReport } from '../reports.ts'
import { appendWhole } from './append.ts'
import { type Folder, isErrno } from './folder.ts'
import type { ReportEntry } from './records.ts'
import { wordsOf } from './words.ts'

const COPY_BYTES = 1024 * 1024

/** Copies what a stage was to leave into its segment's directory; whatever is wrong with one is told, and no more. */
export function keepReports({ ordinal, reports }: StageOrder, folder: Folder): ReportEntry[] {
  return reports.map(({ name, path }, index) => {
    const entry = { type: 'report', stage: ordinal, name } as const
    const copy = folder.report(ordinal, index)
    try {
      const bytes = keep(path, folder.workspace, copy)
      return { ...entry, content: { file: basename(copy), bytes } }
    } catch (error) {
      // A full disk has the log to take yet, and the record of the end.
      rmSync(copy, { force: true })
      return { ...entry, content: { problem: error instanceof Fault ? error.message : wordsOf(error) } }
    }
  })
}

/** The path of the report that an entry speaks of. */
export function pathOf(reports: readonly PlannedReport[], { name }: ReportEntry): string {
  return reports.find((report) => report.name === name)?.path ?? name
}

/** What the entry told, with the file that it names; a copy that did not reach the disk whole is none. */
export function reportNews({ content, ...entry }: ReportEntry, folder: Folder): News {
  if ('problem' in content) return { ...entry, content }
  try {
    const body = readFileSync(folder.file(content.file))
    if (body.length === content.bytes) return { ...entry, content: { body, packing: 'none' } }
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  return { ...entry, content: { problem: TORN_REPORT } }
}

/** How many bytes were copied. What a link leads to is asked of the open file, so that none can be turned meanwhile. */
function keep(path: string, workspace: string, copy: string): number {
  const from = openPlain(join(workspace, path))
  try {
    const isBelow = readlinkSync(`/proc/self/fd/${from}`).startsWith(`${realpathSync(workspace)}/`)
    const { size } = fstatSync(from)
    if (!isBelow || !fstatSync(from).isFile()) throw new Fault('invalid', NO_PLAIN_REPORT)
    if (size > REPORT_BYTES_MAX) throw new Fault('too_large', tooLargeReport(size))
    return copyOf(from, copy, size)
  } finally {
    closeSync(from)
  }
}

/** Never waits for whoever would write to a pipe. */
function openPlain(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) throw new Fault('not_found', NO_REPORT)
    throw error
  }
}

function copyOf(from: number, copy: string, size: number): number {
  const to = openSync(copy, 'w', 0o600)
  try {
    const buffer = Buffer.allocUnsafe(Math.min(COPY_BYTES, size))
    let at = 0
    while (at < size) {
      const count = readSync(from, buffer, 0, Math.min(buffer.length, size - at), at)
      if (count === 0) break
      appendWhole(to, at, buffer.subarray(0, count))
      at += count
    }
    fsyncSync(to)
    return at
  } finally {
    closeSync(to)
  }
}
