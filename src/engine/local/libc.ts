import { dlopen, ptr } from 'bun:ffi'
import { closeSync, openSync } from 'node:fs'

/**
 * The four things a supervisor needs of the kernel and Bun has no name for: a lock that dies with its holder,
 * a plain pipe, to be the parent of orphans, and to bury them.
 */

const F_OFD_GETLK = 36
const F_OFD_SETLK = 37
const F_WRLCK = 1
const F_UNLCK = 2
const O_CLOEXEC = 0o2000000
const PR_SET_CHILD_SUBREAPER = 36
const P_ALL = 0
const WNOHANG = 1
const WEXITED = 4
const WNOWAIT = 0x0100_0000
/** Of `struct flock` and `siginfo_t` on every 64-bit Linux. */
const FLOCK_BYTES = 32
const SIGINFO_BYTES = 128
const SIGINFO_PID_AT = 16

function open() {
  return dlopen('libc.so.6', {
    fcntl: { args: ['i32', 'i32', 'ptr'], returns: 'i32' },
    pipe2: { args: ['ptr', 'i32'], returns: 'i32' },
    prctl: { args: ['i32', 'u64', 'u64', 'u64', 'u64'], returns: 'i32' },
    waitid: { args: ['i32', 'i32', 'ptr', 'i32'], returns: 'i32' },
    waitpid: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
  }).symbols
}

let opened: ReturnType<typeof open> | null = null

/** Opened at its first use, so that programs that never supervise also run where there is no glibc. */
export function libc(): ReturnType<typeof open> {
  opened ??= open()
  return opened
}

function lockRequest(): Uint8Array {
  const request = new Uint8Array(FLOCK_BYTES)
  new DataView(request.buffer).setInt16(0, F_WRLCK, true)
  return request
}

/**
 * Takes the exclusive lock on a file; null where another has it. Until the given function is called the lock is held,
 * or until this process ends, however it ends. An open-file-description lock: it can be asked about without being taken.
 */
export function takeLock(path: string): (() => void) | null {
  const fd = openSync(path, 'r+')
  if (libc().fcntl(fd, F_OFD_SETLK, ptr(lockRequest())) === 0) return () => closeSync(fd)
  closeSync(fd)
  return null
}

/** Whether some process holds the lock on a file; asking takes nothing, so that it cannot stand in a supervisor's way. */
export function isLocked(path: string): boolean {
  const fd = openSync(path, 'r+')
  try {
    const request = lockRequest()
    if (libc().fcntl(fd, F_OFD_GETLK, ptr(request)) !== 0) throw new Error(`The lock ${path} cannot be read.`)
    return new DataView(request.buffer).getInt16(0, true) !== F_UNLCK
  } finally {
    closeSync(fd)
  }
}

/** A pipe, not the socket pair that runtimes like to give: scripts may open /dev/stdout and /dev/stderr. */
export function pipe(): { readonly read: number; readonly write: number } {
  const ends = new Int32Array(2)
  if (libc().pipe2(ptr(ends), O_CLOEXEC) !== 0)
    throw new Error('No pipe could be made: too many files are open.')
  const [read = -1, write = -1] = ends
  return { read, write }
}

/** From now on orphans among this process's descendants become its children. */
export function becomeSubreaper(): void {
  if (libc().prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) !== 0)
    throw new Error('PR_SET_CHILD_SUBREAPER is not available.')
}

/** Buries ended orphans. Stops at a child that the runtime waits for itself: `isOurs` says so. */
export function reap(isOurs: (pid: number) => boolean): void {
  const info = new Uint8Array(SIGINFO_BYTES)
  const view = new DataView(info.buffer)
  for (;;) {
    view.setInt32(SIGINFO_PID_AT, 0, true)
    if (libc().waitid(P_ALL, 0, ptr(info), WEXITED | WNOHANG | WNOWAIT) !== 0) return
    const pid = view.getInt32(SIGINFO_PID_AT, true)
    if (pid === 0 || isOurs(pid)) return
    libc().waitpid(pid, null, WNOHANG)
  }
}
