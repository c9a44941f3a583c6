import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Config, environmentForChildren } from '../../config.ts'
import { accountOf, cannotBecome, serverIsRoot } from '../../engine/local/account.ts'
import { makeGroup, removeGroup } from '../../engine/local/cgroup.ts'
import { libc } from '../../engine/local/libc.ts'
import { amiss, type Check, note, well } from './check.ts'

/** What the local engine needs of this machine, as it is for whoever runs this. */
export function* machine(config: Config): Generator<Check> {
  const environment = environmentForChildren()
  yield program('git', environment, 'Install git: sources are checked out with it.')
  yield program('sh', environment, 'Install a shell: scripts are run by it.')
  yield supervisors()
  yield groups()
  yield stagesUser(config)
}

function program(name: string, environment: Readonly<Record<string, string>>, mend: string): Check {
  const found = Bun.which(name, { PATH: environment['PATH'] ?? '' })
  return found === null ? amiss(name, `There is none on PATH. ${mend}`) : well(name, `${found}.`)
}

function supervisors(): Check {
  try {
    libc()
    return well('supervisors', 'The C library is there: what stages start is found and ended with them.')
  } catch {
    return amiss(
      'supervisors',
      'There is no glibc here. The local engine needs a Linux with it, such as Debian.',
    )
  }
}

/** A group is a net more, not a need. */
function groups(): Check {
  const group = makeGroup(`doctor-${process.pid}`)
  removeGroup(group)
  if (group !== null) return well('control groups', 'Each segment gets one.')
  return note(
    'control groups',
    'None can be made here; processes that hide are found by their parents and marks instead.',
  )
}

function stagesUser({ 'local.runAs': name, 'data.dir': dir }: Config): Check {
  const what = 'stages’ user'
  if (name === null) {
    const me = serverIsRoot() ? 'root' : `user ${process.getuid?.()}`
    return note(
      what,
      `Stages run as the server’s own user, here ${me}, and can read what it reads. local.runAs gives them another.`,
    )
  }
  const account = accountOf(name)
  if (account === null)
    return amiss(what, `This machine has no user ${name}, whom local.runAs names. Make it, or name another.`)
  const problem = cannotBecome(account, nearestThere(dir))
  return problem === null ? well(what, `Stages run as ${name}.`) : amiss(what, problem)
}

/** A directory that a first start will make can be entered where the one that it stands in can. */
function nearestThere(dir: string): string {
  return existsSync(dir) ? dir : nearestThere(dirname(dir))
}
