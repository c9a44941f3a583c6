import { existsSync, readFileSync } from 'node:fs'
import type { Account } from './records.ts'

/** Looks a user of this machine up; null where there is none of that name. */
export function accountOf(name: string): Account | null {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [found, , uid = '', gid = '', , home = '/'] = line.split(':')
    if (found === name) return { name, uid: Number(uid), gid: Number(gid), home }
  }
  return null
}

/** Of util-linux. Named in full: a stage may set its own PATH. */
const SETPRIV = '/usr/bin/setpriv'

/** The command line that runs another as this account, with all its groups. */
export function becoming(account: Account | null): readonly string[] {
  if (account === null) return []
  return [SETPRIV, `--reuid=${account.uid}`, `--regid=${account.gid}`, '--init-groups', '--']
}

/** Whether a stage that asks for root gets it: it runs as whoever the server is. */
export function serverIsRoot(): boolean {
  return process.getuid?.() === 0
}

/** Why stages cannot run as this account, or null where they can. */
export function cannotBecome(account: Account, directory: string): string | null {
  if (!serverIsRoot()) return `Only root may run stages as ${account.name}; this server is not root.`
  if (!existsSync(SETPRIV)) return `${SETPRIV} is missing; install util-linux.`
  const entered = Bun.spawnSync([...becoming(account), '/usr/bin/test', '-x', directory], { env: {} })
  if (entered.exitCode === 0) return null
  return `${account.name} cannot enter ${directory}; each directory on the way must be searchable (chmod o+x).`
}
