import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Folder, isErrno } from './folder.ts'
import type { Account } from './records.ts'

/** Only the owner; or passable, not readable, where another account must reach what is its own below. */
const PRIVATE_DIRECTORY = 0o700
const PASSABLE_DIRECTORY = 0o711

/**
 * Makes what a stage sees of a segment: the workspace, and beside it places for scripts, for outputs and for an image.
 * The workspace is given to the account when the checkout is done: Git works in no directory of another's.
 */
export function makeWorkspace(folder: Folder, account: Account | null): void {
  chmodSync(folder.path, account === null ? PRIVATE_DIRECTORY : PASSABLE_DIRECTORY)
  mkdirSync(folder.workspace, { mode: PRIVATE_DIRECTORY })
  for (const name of ['outputs', 'scripts', 'image']) {
    mkdirSync(folder.file(name), { mode: PRIVATE_DIRECTORY })
    give(folder.file(name), account)
  }
}

/** Puts a script down for the shell to read: standard input stays free, and the text off every command line. */
export function writeScript(folder: Folder, name: string, text: string, account: Account | null): string {
  const path = folder.file(join('scripts', `${name}.sh`))
  writeFileSync(path, text, { mode: 0o600 })
  give(path, account)
  return path
}

/** Makes everything at and below a path the account's; links themselves, never what they point to. */
export function give(root: string, account: Account | null): void {
  if (account === null) return
  const open = [root]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    lchownSync(next, account.uid, account.gid)
    const path = next
    if (lstatSync(path).isDirectory()) open.push(...readdirSync(path).map((name) => join(path, name)))
  }
}

/** Removes a directory, whatever a stage left in it: directories without write permission are opened first. */
export function removeTree(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true })
  } catch (error) {
    if (!isErrno(error, 'EACCES') && !isErrno(error, 'EPERM')) throw error
    openUp(path)
    rmSync(path, { recursive: true, force: true })
  }
}

function openUp(root: string): void {
  const open = [root]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!lstatSync(next).isDirectory()) continue
    chmodSync(next, PRIVATE_DIRECTORY)
    const path = next
    open.push(...readdirSync(path).map((name) => join(path, name)))
  }
}
