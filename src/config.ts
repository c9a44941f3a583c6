import { availableParallelism } from 'node:os'
import { argoSettings, daemon, image, label, labelValue } from './config/argo.ts'
import {
  address,
  choice,
  duration,
  path,
  type Reader,
  size,
  text,
  timezone,
  webAddress,
  whole,
  yesOrNo,
} from './config/values.ts'

interface Option {
  readonly flag: string
  /** What stands behind the flag in the help; null for a switch. */
  readonly value: string | null
  readonly read: Reader<unknown>
  /** As it would be written; null where the option has no value unless it is given one. */
  readonly fallback: string | null
  readonly help: string
  /** Written in periplus.yaml as a mapping, elsewhere as one line of YAML or JSON. */
  readonly structured?: true
  /** Never printed, never on a command line: the flag and `<variable>_FILE` name a file that holds it. */
  readonly secret?: true
}

const ownTimezone = new Intl.DateTimeFormat().resolvedOptions().timeZone
const dataHome = process.env['XDG_DATA_HOME'] ?? '~/.local/share'

/**
 * Every option there is: one row to read, one row to add. Its key stands in periplus.yaml, its flag on the command
 * line; its variable is `variableOf` the key. Read, durations are milliseconds and sizes are bytes.
 */
export const OPTIONS = {
  'data.dir': {
    flag: '--data',
    value: 'DIR',
    read: path,
    fallback: `${dataHome}/periplus`,
    help: 'Directory with the two databases, the key, the socket and the workspaces.',
  },
  listen: {
    flag: '--listen',
    value: 'HOST:PORT',
    read: address,
    fallback: '127.0.0.1:7070',
    help: 'Address of the pages and the JSON API; port 0 takes a free one.',
  },
  publicUrl: {
    flag: '--public-url',
    value: 'URL',
    read: webAddress,
    fallback: null,
    help: 'Address under which people reach the server, where a proxy stands before it.',
  },
  timezone: {
    flag: '--timezone',
    value: 'ZONE',
    read: timezone,
    fallback: ownTimezone,
    help: 'Time zone of the days in lists and analytics.',
  },
  'local.maxRunning': {
    flag: '--max-running',
    value: 'N',
    read: whole(1, 1_000),
    fallback: String(availableParallelism()),
    help: 'Segments that run at once on this machine; the default is its cores.',
  },
  'local.runAs': {
    flag: '--run-as',
    value: 'USER',
    read: text,
    fallback: null,
    help: 'User whose rights stages have, where the server may switch users.',
  },
  'local.grace': {
    flag: '--grace',
    value: 'DURATION',
    read: duration,
    fallback: '10s',
    help: 'Time between SIGTERM and SIGKILL when a stage is stopped.',
  },
  'logs.maxPerStage': {
    flag: '--logs-max',
    value: 'SIZE',
    read: size,
    fallback: '256MiB',
    help: 'What is kept of one stage’s log; beyond it the middle is dropped, with a marked gap.',
  },
  'log.level': {
    flag: '--log-level',
    value: 'LEVEL',
    read: choice('info', 'warn', 'error'),
    fallback: 'info',
    help: 'Least important level of the server’s own log: info, warn or error.',
  },
  'engine.default': {
    flag: '--engine',
    value: 'NAME',
    read: choice('local', 'argo'),
    fallback: 'local',
    help: 'Engine of the workflows that name none.',
  },
  'engine.unreachableLimit': {
    flag: '--unreachable-limit',
    value: 'DURATION',
    read: duration,
    fallback: null,
    help: 'A segment whose engine is out of reach for longer counts as lost; without it, never.',
  },
  'argo.namespace': {
    flag: '--argo-namespace',
    value: 'NAME',
    read: label,
    fallback: null,
    help: 'Namespace of a Kubernetes cluster where segments run as Argo Workflows; without it, none do.',
  },
  'argo.kubeconfig': {
    flag: '--kubeconfig',
    value: 'FILE',
    read: path,
    fallback: null,
    help: 'How that cluster is reached; without it, KUBECONFIG, ~/.kube/config, or the pod’s own account.',
  },
  'argo.context': {
    flag: '--kube-context',
    value: 'NAME',
    read: text,
    fallback: null,
    help: 'Context of the kubeconfig; without it, its current one.',
  },
  'argo.controllerInstance': {
    flag: '--argo-controller-instance',
    value: 'ID',
    read: labelValue,
    fallback: null,
    help: 'Instance id of the Argo controller that is to run them, where it has one.',
  },
  'argo.image': {
    flag: '--argo-image',
    value: 'IMAGE',
    read: image,
    fallback: null,
    help: 'Image of the scripts that name none; it needs sh.',
  },
  'argo.gitImage': {
    flag: '--argo-git-image',
    value: 'IMAGE',
    read: image,
    fallback: 'alpine/git:v2.47.2',
    help: 'Image that checks out; it needs git and sh.',
  },
  'argo.buildkit': {
    flag: '--argo-buildkit',
    value: 'ADDRESS',
    read: daemon,
    fallback: null,
    help: 'BuildKit daemon that builds images from Dockerfiles, as tcp://buildkitd:1234; without it, none are.',
  },
  'argo.buildImage': {
    flag: '--argo-build-image',
    value: 'IMAGE',
    read: image,
    fallback: 'moby/buildkit:v0.23.2',
    help: 'Image that speaks to that daemon; it needs buildctl and sh.',
  },
  'argo.pushImage': {
    flag: '--argo-push-image',
    value: 'IMAGE',
    read: image,
    fallback: 'quay.io/skopeo/stable:v1.18.0',
    help: 'Image that pushes what was built; it needs skopeo and sh.',
  },
  'argo.serviceAccount': {
    flag: '--argo-service-account',
    value: 'NAME',
    read: label,
    fallback: null,
    help: 'Service account of the pods that nobody gave another; without it, the namespace’s default.',
  },
  'argo.defaults': {
    flag: '--argo-defaults',
    value: 'MAPPING',
    read: argoSettings,
    fallback: null,
    help: 'How pods are made where nothing nearer says it: the keys of argo: in a workflow.',
    structured: true,
  },
  'argo.allowRoot': {
    flag: '--argo-allow-root',
    value: null,
    read: yesOrNo,
    fallback: 'false',
    help: 'Lets scripts that ask for it run as root in their pods.',
  },
  'argo.deadline': {
    flag: '--argo-deadline',
    value: 'DURATION',
    read: duration,
    fallback: '24h',
    help: 'A pod that lasts longer is ended, whatever it waits for.',
  },
  'git.allowFile': {
    flag: '--git-allow-file',
    value: null,
    read: yesOrNo,
    fallback: 'false',
    help: 'Allows repositories by path and file://, read with the server’s rights.',
  },
  'retention.workspaces': {
    flag: '--keep-workspaces',
    value: 'DURATION',
    read: duration,
    fallback: '24h',
    help: 'How long the workspaces of ended segments are kept.',
  },
  'data.minFree': {
    flag: '--min-free',
    value: 'SIZE',
    read: size,
    fallback: '1GiB',
    help: 'With less free space than this in the data directory nothing new starts.',
  },
  server: {
    flag: '--server',
    value: 'URL',
    read: webAddress,
    fallback: null,
    help: 'Server that the commands speak to; without it, the one of the data directory by its socket.',
  },
  token: {
    flag: '--token-file',
    value: 'FILE',
    read: text,
    fallback: null,
    help: 'Personal token of the commands; without it, the one that `periplus login` stored.',
    secret: true,
  },
} as const satisfies Readonly<Record<string, Option>>

export type OptionKey = keyof typeof OPTIONS

type ValueOf<O extends Option> = ReturnType<O['read']> | (O['fallback'] extends null ? null : never)

/** What is in force, read. */
export type Config = { readonly [K in OptionKey]: ValueOf<(typeof OPTIONS)[K]> }

export type Variables = Readonly<Record<string, string | undefined>>

/** `local.maxRunning` is PERIPLUS_LOCAL_MAX_RUNNING. */
export function variableOf(key: string): string {
  return `PERIPLUS_${key.replace(/[A-Z]/g, '_$&').replaceAll('.', '_').toUpperCase()}`
}

/** This program's environment. */
export function environment(): Variables {
  return process.env
}

/** What git and stages may see of the server's environment: how to find programs, the network and a language. */
const FOR_CHILDREN =
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_\w+|TZ|TMPDIR|SSH_AUTH_SOCK|SSL_CERT_(FILE|DIR)|(https?|no|all)_proxy)$/i

/** The part of this program's environment that git and stages see; nothing of Periplus itself is in it. */
export function environmentForChildren(): Record<string, string> {
  const seen = Object.entries(process.env).filter(([name]) => FOR_CHILDREN.test(name))
  return Object.fromEntries(seen.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
}
