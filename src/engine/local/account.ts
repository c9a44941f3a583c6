import { readFileSync } from 'node:fs'
import type { Account } from './folder.ts'

/** Looks a user of this machine up; null where there is none of that name. */
export function accountOf(name: string): Account | null {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [found, , uid = '', gid = '', , home = '/'] = line.split(':')
    if (found === name) return { name, uid: Number(uid), gid: Number(gid), home }
  }
  return null
}
