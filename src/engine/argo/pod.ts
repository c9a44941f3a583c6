import type { ArgoSettings } from '../../domain/definition.ts'

/*
 * How a segment's pod passes the restricted standard, https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */

/** Nobody's in particular; 0 would be root. */
const USER = 1000

const SECCOMP = { type: 'RuntimeDefault' } as const

/** What every container says, Argo's own two included. */
const RESTRICTED = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: SECCOMP,
} as const

/** A root that may install packages and give files away: everything a container's root may by default. */
const ROOT = { runAsUser: 0, runAsGroup: 0, runAsNonRoot: false, seccompProfile: SECCOMP } as const

export function containerSecurity(asRoot: boolean) {
  return asRoot ? ROOT : RESTRICTED
}

/** The user, the group and the volumes' group of a pod's containers. */
export function identityOf({ securityContext }: ArgoSettings) {
  return {
    runAsUser: securityContext?.runAsUser ?? USER,
    runAsGroup: securityContext?.runAsGroup ?? USER,
    fsGroup: securityContext?.fsGroup ?? USER,
  }
}

export function podSecurity(settings: ArgoSettings) {
  return { runAsNonRoot: true, ...identityOf(settings), seccompProfile: SECCOMP }
}

const TOKEN_VOLUME = 'executor-token'
/** What kubelets renew; the least that the API server gives is ten minutes. */
const TOKEN_SECONDS = 3_600

const TOKEN_MOUNT = {
  name: TOKEN_VOLUME,
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
} as const

/** What a pod has its service account's token as, in the place where every client looks for it. */
const TOKEN = {
  name: TOKEN_VOLUME,
  projected: {
    defaultMode: 0o440,
    sources: [
      { serviceAccountToken: { path: 'token', expirationSeconds: TOKEN_SECONDS } },
      { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ],
  },
} as const

/** A kubelet that ends a pod unasked waits a little longer than the wrapper, which has something to say then. */
const LAST_WORDS_S = 5

/**
 * Argo makes these parts of a pod itself, so that they can only be patched. Its `init` and `wait` need the token; of the
 * stages' containers it is given to those named alone. https://argo-workflows.readthedocs.io/en/latest/pod-spec-patch/
 */
export function podSpecPatch(graceMs: number, withToken: readonly string[]): string {
  const executor = { securityContext: RESTRICTED, volumeMounts: [TOKEN_MOUNT] }
  return JSON.stringify({
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: Math.ceil(graceMs / 1000) + LAST_WORDS_S,
    volumes: [TOKEN],
    initContainers: [{ name: 'init', ...executor }],
    containers: [
      { name: 'wait', ...executor },
      ...withToken.map((name) => ({ name, volumeMounts: [TOKEN_MOUNT] })),
    ],
  })
}
