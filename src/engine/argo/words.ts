/** Longer messages are those of schedulers that name every node. */
const MESSAGE_MAX = 400

/** What Argo and Kubernetes say of a pod that they do not make or let report, and what would help. */
const MENDS: readonly { readonly said: RegExp; readonly mend: string }[] = [
  {
    said: /workflowtaskresults/,
    mend: 'The service account of its pods lacks this right; periplus doctor prints the role.',
  },
  {
    said: /violates PodSecurity/,
    mend: 'Leave asRoot out of its scripts, or label the namespace pod-security.kubernetes.io/enforce: baseline.',
  },
  {
    said: /error looking up service account/,
    mend: 'Make that account, or name another with argo.serviceAccount; periplus doctor prints one with its role.',
  },
  {
    said: /must specify (?:limits|requests)/,
    mend: 'The namespace’s quota wants them of every container: set resources in argo.defaults, and those of executor in Argo’s own ConfigMap.',
  },
  {
    // Neither of Argo's own manifests grants this to its controller.
    said: /cannot create resource "configmaps"/,
    mend: 'Argo keeps what is longer than 128 KiB of a segment in a ConfigMap: let the role of its controller create configmaps in this namespace, or give the workflow fewer stages between its gates.',
  },
  {
    said: /spec\.initContainers\[\d+\]\.image: Required value/,
    mend: 'This Argo makes pods without its init container; set initlessPod.enabled: false in its ConfigMap.',
  },
  {
    said: /must use workflowTemplateRef/,
    mend: 'This controller runs templates alone; take workflowRestrictions out of its ConfigMap.',
  },
]

/** What Argo says of a Workflow, with what would help where that is known. */
export function argoSays(message: string): string {
  const mend = MENDS.find(({ said }) => said.test(message))?.mend
  const said = sentence('Argo says', message)
  return mend === undefined ? said : `${said} ${mend}`
}

/** What it is, and the cluster's own words for it, on one line and never as long as they like. */
export function sentence(what: string, message: string | null | undefined): string {
  if (message === null || message === undefined || message === '') return `${what}.`
  const text = message.replace(/\s+/g, ' ').trim()
  const shown = text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX)}…` : text
  return `${what}: ${shown}${/[.!?…]$/.test(shown) ? '' : '.'}`
}
