import { describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import type { ContainerStatus, KubeEvent, WorkflowNode } from '../../../src/engine/argo/kube.ts'
import { whyItWaits } from '../../../src/engine/argo/reasons.ts'
import type { Scene } from '../../../src/engine/argo/scene.ts'
import { act, pod, workflow } from './objects.ts'

const why = (more: Partial<Scene>, seenMs = 0, events: readonly KubeEvent[] = []) =>
  whyItWaits({ workflow: workflow(), pod: null, hadPod: false, ...more }, act(), seenMs, events)

describe('without a pod it waits', () => {
  test('for a controller, once that has taken longer than one takes', () => {
    expect(why({}, 19_000)).toBeNull()
    expect(why({}, 20_000)).toStartWith('No Argo controller has looked at it yet.')
    expect(why({ workflow: workflow({ phase: 'Pending' }) }, 60_000)).toBeNull()
  })

  const said: readonly [string, string, string][] = [
    [
      'room in its namespace',
      'pods "p-1-0" is forbidden: exceeded quota: few',
      'The namespace’s quota is used up: ',
    ],
    [
      'its turn in Argo',
      'Workflow processing has been postponed because too many workflows are already running',
      'Argo runs no more',
    ],
    ['whatever Argo says', 'the moon is wrong', 'Argo says: the moon is wrong.'],
  ]
  test.each(said)('for %s', (_, message, words) => {
    const node: WorkflowNode = { id: 'n', name: 'n', type: 'Pod', phase: 'Pending', message }
    const packed = gzipSync(JSON.stringify({ n: node })).toString('base64')

    expect(why({ workflow: workflow({ phase: 'Running', message }) })).toStartWith(words)
    expect(why({ workflow: workflow({ phase: 'Running', nodes: { n: node } }) })).toStartWith(words)
    expect(why({ workflow: workflow({ phase: 'Running', compressedNodes: packed }) })).toStartWith(words)
  })

  const mended: readonly [string, string][] = [
    [
      'configmaps is forbidden: User "system:serviceaccount:argo:argo" cannot create resource "configmaps"',
      'let the role of its controller create configmaps',
    ],
    [
      'pods "p-1-0" is forbidden: failed quota: few: must specify limits.memory for: init,s1,wait',
      'set resources in argo.defaults',
    ],
    [
      'pods "p-1-0" is forbidden: error looking up service account argo/none: serviceaccount "none" not found',
      'name another with argo.serviceAccount',
    ],
    [
      'Pod "p-1-0" is invalid: [spec.initContainers[0].image: Required value, spec.containers[2].image: Required value]',
      'initlessPod.enabled: false',
    ],
    [
      'workflows must use workflowTemplateRef to be executed when the controller is in reference mode',
      'take workflowRestrictions out',
    ],
    ['pods "p-1-0" is forbidden: violates PodSecurity "restricted:latest"', 'Leave asRoot out'],
    ['workflowtaskresults.argoproj.io is forbidden', 'periplus doctor prints the role'],
  ]
  test.each(mended)('for somebody to mend what it says: %s', (message, mend) => {
    const sentence = why({ workflow: workflow({ phase: 'Running', message }) })

    expect(sentence).toStartWith(`Argo says: ${message}`)
    expect(sentence).toContain(mend)
  })

  test('for whoever suspended it, and the sentence says how to go on', () => {
    expect(why({ workflow: workflow({}, { spec: { suspend: true } }) }, 60_000)).toBe(
      'Somebody suspended its Workflow in Argo; argo resume p-1-0 lets it go on.',
    )
  })

  test('for nothing where it is over, or there is nothing', () => {
    expect(why({ workflow: workflow({ phase: 'Failed', message: 'why' }) })).toBeNull()
    expect(why({ workflow: null })).toBeNull()
  })
})

describe('with a pod it waits', () => {
  const waits = (reason: string, message = '') => ({ waiting: { reason, message } })

  test('for a node', () => {
    const message = '0/3 nodes are available: 3 Insufficient cpu.'
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }]

    expect(why({ pod: pod({}, { status: { conditions } }) })).toBe(`No node takes it: ${message}`)
  })

  test('for its image, in one sentence however the kubelet tells it', () => {
    const told = [
      waits('ErrImagePull', 'rpc error: not found'),
      waits('ImagePullBackOff', 'Back-off pulling image "a:1": ErrImagePull: rpc error: not found'),
    ]
    for (const state of told)
      expect(why({ pod: pod({ s1: state }) })).toBe(
        'The image cannot be pulled (build): rpc error: not found.',
      )
    expect(why({ pod: pod({ s1: waits('InvalidImageName', 'x') }) })).toStartWith(
      'The image’s name is not valid',
    )
  })

  test('for Argo’s own image as well', () => {
    const initContainerStatuses: readonly ContainerStatus[] = [
      { name: 'init', state: waits('ErrImagePull', 'not found') },
    ]

    expect(why({ pod: pod({}, { status: { initContainerStatuses } }) })).toContain('(Argo’s init container)')
  })

  test('for nothing worth a word while it is only made', () => {
    expect(why({ pod: pod({ s1: waits('PodInitializing') }) })).toBeNull()
    expect(why({ pod: pod({ s1: { running: {} } }) })).toBeNull()
  })

  test('for what stands in its events alone, the last that is a warning', () => {
    const event = (reason: string, message: string, type = 'Warning'): KubeEvent => ({
      metadata: { name: reason },
      ...{ type, reason, message },
    })
    const events = [
      event('FailedScheduling', 'earlier'),
      event('FailedMount', 'secret "x" not found'),
      event('Pulled', 'all is well', 'Normal'),
      event('Gossip', 'of no use'),
    ]

    expect(why({ pod: pod() }, 0, events)).toBe('A volume cannot be mounted: secret "x" not found.')
    expect(why({ pod: pod() })).toBeNull()
  })

  test('and what is said of it stays on one line and has an end', () => {
    const endless = `one\n\ttwo ${'x'.repeat(5_000)}`

    const sentence = why({ pod: pod({ s1: waits('CreateContainerError', endless) }) }) ?? ''

    expect(sentence).toContain('one two xxx')
    expect(sentence.length).toBeLessThan(500)
  })
})
