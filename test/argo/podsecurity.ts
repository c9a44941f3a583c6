import type { ApiError } from '../../src/engine/argo/kube.ts'
import { forbidden } from './failures.ts'
import type { Container, Pod, SecurityContext } from './objects.ts'

type Check = readonly [
  what: string,
  isRight: (own: SecurityContext, pod: SecurityContext) => boolean,
  must: string,
]

/** The checks of the restricted standard that were recorded, with the words that they are refused in. */
const RESTRICTED: readonly Check[] = [
  [
    'allowPrivilegeEscalation != false',
    (own) => own.allowPrivilegeEscalation === false,
    'containers NAMES must set securityContext.allowPrivilegeEscalation=false',
  ],
  [
    'unrestricted capabilities',
    (own) => own.capabilities?.drop?.includes('ALL') === true,
    'containers NAMES must set securityContext.capabilities.drop=["ALL"]',
  ],
  [
    'runAsNonRoot != true',
    (own, pod) => (own.runAsNonRoot ?? pod.runAsNonRoot) === true,
    'pod or containers NAMES must set securityContext.runAsNonRoot=true',
  ],
  [
    'seccompProfile',
    (own, pod) => (own.seccompProfile ?? pod.seccompProfile) !== undefined,
    'pod or containers NAMES must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
  ],
]

/** Refuses a pod that a namespace with `pod-security.kubernetes.io/enforce=restricted` does not take. */
export function restricted({ metadata, spec }: Pod): ApiError | null {
  const containers = [...spec.initContainers, ...spec.containers]
  const broken = RESTRICTED.flatMap(([what, isRight, must]) => {
    const wrong = containers.filter(
      ({ securityContext = {} }: Container) => !isRight(securityContext, spec.securityContext ?? {}),
    )
    const names = wrong.map(({ name }) => `"${name}"`).join(', ')
    return wrong.length === 0 ? [] : [`${what} (${must.replace('NAMES', () => names)})`]
  })
  if (broken.length === 0) return null
  const message = `pods "${metadata.name}" is forbidden: violates PodSecurity "restricted:latest": ${broken.join(', ')}`
  return forbidden('pods', metadata.name, message)
}
