interface Variable {
  readonly is: 'needed' | 'optional'
  readonly help: string
}

/** What a run on a real cluster is told by its environment: a row a variable, as `--help` prints them. */
const VARIABLES = {
  KUBECONFIG: { is: 'needed', help: 'How the cluster is reached; its current context is taken.' },
  PERIPLUS_TEST_NAMESPACE: {
    is: 'needed',
    help: 'Where to run. It exists, and an Argo controller looks at it.',
  },
  PERIPLUS_TEST_IMAGE: { is: 'needed', help: 'Image of the scripts: sh with busybox or coreutils.' },
  PERIPLUS_TEST_GIT_IMAGE: {
    is: 'optional',
    help: 'Image that checks out: git and sh. Without it, the server’s default.',
  },
  PERIPLUS_TEST_SERVICE_ACCOUNT: {
    is: 'optional',
    help: 'Account of the pods, by which they report to Argo. Without it, the namespace’s default.',
  },
  PERIPLUS_TEST_DEPLOY_SERVICE_ACCOUNT: {
    is: 'optional',
    help: 'Another account, of the deploy. Without it, nobody looks for its token.',
  },
  PERIPLUS_TEST_CONTROLLER_INSTANCE: {
    is: 'optional',
    help: 'Instance id of the Argo controller, where it has one.',
  },
  PERIPLUS_TEST_GIT_URL: {
    is: 'optional',
    help: 'A repository that pods may read. Without it, this machine serves one for the time of the run.',
  },
  PERIPLUS_TEST_GIT_SHA: {
    is: 'optional',
    help: 'Its commit. Without it, this machine asks for the branch’s.',
  },
  PERIPLUS_TEST_GIT_BRANCH: { is: 'optional', help: 'Its branch. Without it, main.' },
  PERIPLUS_TEST_GIT_LISTEN: {
    is: 'optional',
    help: 'Where this machine serves a repository. Without it, 0.0.0.0:0, which is a free port.',
  },
  PERIPLUS_TEST_GIT_HOST: {
    is: 'optional',
    help: 'How pods call this machine. Without it, its first address that others can reach.',
  },
  PERIPLUS_TEST_WAIT: {
    is: 'optional',
    help: 'Seconds that a stage goes on while something is done to it. Without it, 20.',
  },
  PERIPLUS_TEST_LIMIT: { is: 'optional', help: 'Seconds that one test may take. Without it, 300.' },
} as const satisfies Readonly<Record<string, Variable>>

type Name = keyof typeof VARIABLES

export interface Settings {
  readonly namespace: string
  readonly image: string
  readonly gitImage: string | null
  readonly serviceAccount: string | null
  readonly deployServiceAccount: string | null
  readonly controllerInstance: string | null
  readonly git: { readonly url: string; readonly sha: string | null; readonly branch: string } | null
  readonly listen: { readonly hostname: string; readonly port: number }
  readonly host: string | null
  readonly waitSeconds: number
  readonly limitSeconds: number
}

type Environment = Readonly<Record<string, string | undefined>>

/** What is wrong with an environment, a sentence each; nothing where it can be run with. */
export function problemsOf(environment: Environment): readonly string[] {
  const rows: readonly [string, Variable][] = Object.entries(VARIABLES)
  const missing = rows.filter(([name, { is }]) => is === 'needed' && !environment[name])
  const { listen, waitSeconds, limitSeconds, ...accounts } = settingsOf(environment)
  const { serviceAccount, deployServiceAccount } = accounts
  return [
    ...missing.map(([name, { help }]) => `${name} is missing. ${help}`),
    ...(Number.isNaN(listen.port)
      ? ['PERIPLUS_TEST_GIT_LISTEN must be an address such as 0.0.0.0:8418.']
      : []),
    ...(deployServiceAccount !== null && deployServiceAccount === serviceAccount
      ? ['PERIPLUS_TEST_DEPLOY_SERVICE_ACCOUNT must be another than PERIPLUS_TEST_SERVICE_ACCOUNT.']
      : []),
    ...(waitSeconds > 0 ? [] : ['PERIPLUS_TEST_WAIT must be a number of seconds.']),
    ...(limitSeconds > 0 ? [] : ['PERIPLUS_TEST_LIMIT must be a number of seconds.']),
  ]
}

/** Variables that look like ours and mean nothing here. */
export function strangersIn(environment: Environment): readonly string[] {
  return Object.keys(environment).filter((name) => name.startsWith('PERIPLUS_TEST_') && !(name in VARIABLES))
}

/** To be used only where nothing is wrong with the environment. */
export function settingsOf(environment: Environment): Settings {
  const value = (name: Name): string | null => environment[name] || null
  const [, hostname = '', port] = /^(.+):(\d+)$/.exec(value('PERIPLUS_TEST_GIT_LISTEN') ?? '0.0.0.0:0') ?? []
  const url = value('PERIPLUS_TEST_GIT_URL')
  const [sha, branch] = [value('PERIPLUS_TEST_GIT_SHA'), value('PERIPLUS_TEST_GIT_BRANCH') ?? 'main']
  return {
    namespace: value('PERIPLUS_TEST_NAMESPACE') ?? '',
    image: value('PERIPLUS_TEST_IMAGE') ?? '',
    gitImage: value('PERIPLUS_TEST_GIT_IMAGE'),
    serviceAccount: value('PERIPLUS_TEST_SERVICE_ACCOUNT'),
    deployServiceAccount: value('PERIPLUS_TEST_DEPLOY_SERVICE_ACCOUNT'),
    controllerInstance: value('PERIPLUS_TEST_CONTROLLER_INSTANCE'),
    git: url === null ? null : { url, sha, branch },
    listen: { hostname, port: Number(port) },
    host: value('PERIPLUS_TEST_GIT_HOST'),
    waitSeconds: Number(value('PERIPLUS_TEST_WAIT') ?? 20),
    limitSeconds: Number(value('PERIPLUS_TEST_LIMIT') ?? 300),
  }
}

/** The variables, for people. */
export function help(): string {
  const rows: readonly [string, Variable][] = Object.entries(VARIABLES)
  const width = Math.max(...rows.map(([name]) => name.length))
  const lines = (is: Variable['is']) =>
    rows
      .filter(([, row]) => row.is === is)
      .map(([name, row]) => `  ${name.padEnd(width)}  ${row.help}`)
      .join('\n')
  return `npm run test:cluster tries Periplus on a real cluster with Argo Workflows: what an engine promises, and a server
with a workflow, a gate and a deploy. Words after -- are bun test’s own, such as -t 'a lost segment'.

It makes Argo Workflows, their pods and Secrets in one namespace, all with a label of its own (periplus.dev/instance),
and takes them away again, also after Ctrl-C. It needs the rights that periplus doctor names, and no others.

Needed:
${lines('needed')}

Optional:
${lines('optional')}
`
}
