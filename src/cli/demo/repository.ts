import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environmentForChildren } from '../../config.ts'
import { Fault } from '../../domain/fault.ts'
import announce from './project/announce.sh' with { type: 'text' }
import build from './project/build.sh' with { type: 'text' }
import deploy from './project/deploy.sh' with { type: 'text' }
import expected from './project/expected.sh' with { type: 'text' }
import lighthouse from './project/lighthouse.sh' with { type: 'text' }
import smoke from './project/smoke.sh' with { type: 'text' }
import style from './project/style.sh' with { type: 'text' }
import tests from './project/tests.sh' with { type: 'text' }
import verify from './project/verify.sh' with { type: 'text' }

const FILES: Readonly<Record<string, string>> = {
  'announce.sh': announce,
  'build.sh': build,
  'deploy.sh': deploy,
  'expected.sh': expected,
  'lighthouse.sh': lighthouse,
  'smoke.sh': smoke,
  'style.sh': style,
  'tests.sh': tests,
  'verify.sh': verify,
}

/** Makes a Git repository of a small program with tests; it needs no more than a shell to build. */
export function makeRepository(dir: string): void {
  mkdirSync(dir, { recursive: true })
  git(dir, 'init', '--quiet', '--initial-branch=main')
  commit(dir, ['lighthouse.sh', 'expected.sh', 'tests.sh', 'style.sh'], 'Signal a text by light')
  commit(dir, Object.keys(FILES), 'Build, deploy and verify the lighthouse')
}

function commit(dir: string, names: readonly string[], message: string): void {
  for (const name of names) writeFileSync(join(dir, name), FILES[name] ?? '')
  git(dir, 'add', '--all')
  git(dir, 'commit', '--quiet', '--message', message)
}

function git(dir: string, ...words: readonly string[]): void {
  const { PATH = '' } = environmentForChildren()
  const identity = { GIT_AUTHOR_NAME: 'Sostratos', GIT_AUTHOR_EMAIL: 'sostratos@pharos.example' }
  const committer = { GIT_COMMITTER_NAME: 'Sostratos', GIT_COMMITTER_EMAIL: 'sostratos@pharos.example' }
  const result =
    Bun.which('git') === null
      ? null
      : Bun.spawnSync(['git', ...words], {
          cwd: dir,
          // The person's own settings (signed commits, hooks) are not for a demo.
          env: {
            PATH,
            HOME: dir,
            GIT_CONFIG_GLOBAL: '/dev/null',
            GIT_CONFIG_NOSYSTEM: '1',
            ...identity,
            ...committer,
          },
        })
  if (result === null)
    throw new Fault('invalid', 'The demo needs git. Install it, for instance by “apt-get install git”.')
  if (!result.success)
    throw new Fault('internal', `git ${words[0]} failed: ${result.stderr.toString().trim()}`)
}
