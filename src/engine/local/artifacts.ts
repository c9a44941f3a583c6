import {
  constants,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { Fault } from '../../domain/fault.ts'

/** More files than this are a mistaken glob (`**` over node_modules), better told than copied for minutes. */
const FILES_MAX = 100_000

/** What was kept, and what a person should know about it. */
export interface Kept {
  readonly files: number
  readonly remarks: readonly string[]
}

/** Copies what the globs find below the workspace; nothing outside it is ever read, whatever links lead there. */
export function keepArtifacts(patterns: readonly string[], workspace: string, to: string): Kept {
  const root = realpathSync(workspace)
  const remarks: string[] = []
  const paths = new Set<string>()
  for (const pattern of patterns) {
    const found = find(pattern, root)
    if (found.length === 0) remarks.push(`No file matches the artifact ${pattern}.`)
    for (const path of found) paths.add(path)
    if (paths.size > FILES_MAX) throw new Fault('invalid', `The artifacts are more than ${FILES_MAX} files.`)
  }
  let files = 0
  for (const path of paths) {
    const why = unkeepable(join(root, path), root)
    if (why === null) {
      copy(join(root, path), join(to, path))
      files += 1
    } else remarks.push(`${path} is not kept: ${why}.`)
  }
  return { files, remarks }
}

/** Lays kept artifacts over a workspace. A link in the workspace is replaced, not followed. */
export function layArtifacts(from: string, workspace: string): number {
  if (!existsSync(from)) return 0
  const root = realpathSync(workspace)
  const paths = [...new Bun.Glob('**').scanSync({ cwd: from, dot: true, onlyFiles: false })]
  let files = 0
  for (const path of paths) {
    if (lstatSync(join(from, path)).isDirectory()) continue
    const target = join(root, path)
    clearWay(root, path)
    rmSync(target, { recursive: true, force: true })
    copy(join(from, path), target)
    files += 1
  }
  return files
}

function find(pattern: string, root: string): string[] {
  if (pattern.startsWith('/') || pattern.split('/').includes('..')) {
    throw new Fault('invalid', `The artifact ${pattern} leads out of the workspace; name paths below it.`)
  }
  const scan = { cwd: root, dot: true, onlyFiles: false, followSymlinks: false }
  const direct = [...new Bun.Glob(pattern).scanSync(scan)]
  const below = direct.flatMap((path) =>
    lstatSync(join(root, path)).isDirectory()
      ? [...new Bun.Glob('**').scanSync({ ...scan, cwd: join(root, path) })].map((inner) => join(path, inner))
      : [path],
  )
  return below.filter((path) => !lstatSync(join(root, path)).isDirectory())
}

function unkeepable(path: string, root: string): string | null {
  if (!isBelow(realpathSync(dirname(path)), root)) return 'a link on its way leads out of the workspace'
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) {
    const target = resolve(dirname(path), readlinkSync(path))
    return isBelow(target, root) && existsSync(path) && isBelow(realpathSync(path), root)
      ? null
      : 'it is a link that leads out of the workspace'
  }
  return stat.isFile() ? null : 'it is not a file'
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  const stat = lstatSync(from)
  if (stat.isSymbolicLink()) {
    rmSync(to, { force: true })
    symlinkSync(readlinkSync(from), to)
  } else copyFileSync(from, to, constants.COPYFILE_FICLONE)
}

/** Removes links and files that stand where a directory on the way to `path` must be. */
function clearWay(root: string, path: string): void {
  let at = root
  for (const part of dirname(path).split(sep)) {
    at = join(at, part)
    const stat = lstatSync(at, { throwIfNoEntry: false })
    if (stat === undefined) return
    if (!stat.isDirectory()) rmSync(at)
  }
}

function isBelow(path: string, root: string): boolean {
  const way = relative(root, path)
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && !way.startsWith(sep))
}
