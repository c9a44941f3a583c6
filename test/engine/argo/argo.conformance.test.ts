import { NO_ARGO_SETTINGS } from '../../../src/domain/definition.ts'
import { createArgoEngine } from '../../../src/engine/argo/argo.ts'
import { openCluster } from '../../../src/engine/argo/client/client.ts'
import { realWorld } from '../../../src/world.ts'
import { ArgoGround } from '../../argo/ground.ts'
import { conformance } from '../conformance.ts'

const SITE = {
  namespace: 'argo',
  instance: 'test',
  controllerInstance: null,
  defaults: { ...NO_ARGO_SETTINGS, image: 'localhost/tools:1' },
  gitImage: 'localhost/git:1',
  buildkit: null,
  buildImage: 'registry.example/buildkit:1',
  pushImage: 'registry.example/skopeo:1',
  allowRoot: false,
  deadlineSeconds: 86_400,
  allowFile: true,
}

conformance('argo', () =>
  ArgoGround.make((kubeconfig) => {
    const world = realWorld()
    const cluster = openCluster({
      kubeconfig,
      context: null,
      namespace: SITE.namespace,
      variables: {},
      world,
    })
    return createArgoEngine({ cluster, site: SITE, world })
  }),
)
