import { describe, expect, test } from 'bun:test'
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { WorkflowNode } from '../../../src/engine/argo/kube.ts'
import { TERMINATION_ANNOTATION } from '../../../src/engine/argo/names.ts'
import { areElsewhere, nodesOf } from '../../../src/engine/argo/nodes.ts'
import type { Scene } from '../../../src/engine/argo/scene.ts'
import { ofCause, ofMark, ofPod } from '../../../src/engine/argo/verdict.ts'
import { act, ended, pod, workflow } from './objects.ts'

const ACT = act()
const scene = (more: Partial<Scene>): Scene => ({ workflow: workflow(), pod: null, hadPod: false, ...more })
const cause = (more: Partial<Scene>) => ofCause(scene(more), [ACT])
const verdict = (more: Partial<Scene>) => ofPod(scene(more), ACT, [ACT])

describe('a wrapper’s last mark', () => {
  const mark = { says: 'end', exit: 0, timedOut: false, told: false, left: 0, outputs: null, at: 0 } as const

  test('is the stage’s own verdict', () => {
    expect(ofMark(ACT, mark, null)).toMatchObject({ status: 'succeeded', killed: false })
    expect(ofMark(ACT, { ...mark, exit: 3 }, null)).toMatchObject({ status: 'failed', exitCode: 3 })
    expect(ofMark(ACT, { ...mark, exit: 137 }, null).reason).toContain('for want of memory')
    expect(ofMark(act({ timeoutMs: 90_000 }), { ...mark, exit: 143, timedOut: true }, null)).toMatchObject({
      status: 'failed',
      exitCode: null,
      reason: 'Timed out after 1 m 30 s.',
    })
    expect(ofMark(ACT, { ...mark, exit: 1, outputs: 'Line 3 is wrong.' }, null)).toMatchObject({
      status: 'failed',
      reason: 'Line 3 is wrong.',
    })
  })

  test('of a checkout is a failure where the remote said no, and an error where nobody could be asked', () => {
    const checkout = act({ does: 'checkout' })

    expect(ofMark(checkout, { ...mark, exit: 1 }, 'No such commit.')).toMatchObject({
      status: 'failed',
      reason: 'No such commit.',
    })
    expect(ofMark(checkout, { ...mark, exit: 75 }, null)).toMatchObject({ status: 'error', killed: false })
  })
})

describe('why a stage was told to end', () => {
  const gone = { metadata: { name: 'p-1-0', uid: 'pod-1', deletionTimestamp: '2026-11-23T15:00:00Z' } }

  test('is that we asked for it', () => {
    const annotations = { [TERMINATION_ANNOTATION]: '2026-11-23T15:00:00Z' }
    const asked = workflow({}, { metadata: { name: 'p-1-0', annotations }, spec: { shutdown: 'Terminate' } })

    expect(cause({ workflow: asked, pod: pod({}, gone) })).toMatchObject({
      status: 'terminated',
      killed: true,
    })
  })

  const strangers: readonly [string, Partial<Scene>, string][] = [
    ['deleted its pod', { pod: pod({}, gone) }, 'Its pod was deleted by somebody.'],
    ['deleted its pod, which is gone', { pod: null, hadPod: true }, 'Its pod was deleted by somebody.'],
    ['deleted its Workflow', { workflow: workflow({}, gone) }, 'Its Workflow was deleted by somebody.'],
    [
      'ended it in Argo',
      { workflow: workflow({}, { spec: { shutdown: 'Stop' } }), pod: pod() },
      'Somebody ended it in Argo, past Periplus.',
    ],
    [
      'drained its node',
      {
        pod: pod(
          {},
          {
            status: {
              conditions: [
                {
                  type: 'DisruptionTarget',
                  status: 'True',
                  reason: 'EvictionByEvictionAPI',
                  message: 'drain',
                },
              ],
            },
          },
        ),
      },
      'Its pod had to leave its node (EvictionByEvictionAPI): drain',
    ],
    [
      'took its node’s room',
      { pod: pod({}, { status: { reason: 'Evicted', message: 'low on memory' } }) },
      'Its pod was ended by its node (Evicted): low on memory',
    ],
  ]
  test.each(strangers)('is that somebody %s', (_, more, reason) => {
    expect(cause(more)).toMatchObject({ status: 'error', killed: true, reason })
  })

  test('is a deadline, which is the segment’s own failure where it had begun', () => {
    const late = workflow({ phase: 'Failed', message: 'Step exceeded its deadline' })

    expect(cause({ workflow: late, pod: pod({ s1: ended(137) }) })).toMatchObject({
      status: 'failed',
      killed: false,
    })
    expect(cause({ workflow: late, pod: pod() })).toMatchObject({ status: 'error', killed: false })
  })

  test('is nothing that anybody knows', () => {
    expect(cause({ pod: pod({ s1: { running: {} } }), hadPod: true })).toBeNull()
    expect(cause({ pod: null, hadPod: false })).toBeNull()
  })
})

describe('a container that ended without its wrapper’s word', () => {
  test('is what the kubelet says of it', () => {
    expect(verdict({ pod: pod({ s1: ended(0) }) })).toMatchObject({ status: 'succeeded' })
    expect(verdict({ pod: pod({ s1: ended(4) }) })).toMatchObject({ status: 'failed', exitCode: 4 })
    expect(verdict({ pod: pod({ s1: ended(137, { reason: 'OOMKilled' }) }) })).toMatchObject({
      status: 'failed',
      exitCode: 137,
      reason: expect.stringContaining('resources.limits.memory'),
    })
    expect(verdict({ pod: pod({ s1: ended(143) }) })).toMatchObject({ status: 'error', killed: true })
  })

  test('has an image without a shell, which is said', () => {
    const message = 'failed to find name in PATH: exec: "sh": executable file not found in $PATH'

    expect(verdict({ pod: pod({ s1: ended(64, { message }) }) })?.reason).toContain('Its image has no sh')
  })

  test('never began where Argo’s own container failed', () => {
    const initContainerStatuses = [{ name: 'init', state: ended(64, { message: 'no permission' }) }]

    expect(verdict({ pod: pod({}, { status: { initContainerStatuses } }) })).toMatchObject({
      status: 'error',
      killed: false,
      reason: 'Argo’s init container failed with exit code 64: no permission',
    })
  })
})

describe('what Argo keeps of steps', () => {
  const node = (phase: string, message = ''): WorkflowNode => ({
    ...{ id: 'n-1', name: 'p-1-0.s1', displayName: 's1', type: 'Container' },
    ...{ phase, message },
  })
  const nodes = { 'n-1': node('Failed', 's1: Error (exit code 5)') }
  const packed = (pack: (bytes: Buffer) => Uint8Array) =>
    workflow({ compressedNodes: Buffer.from(pack(Buffer.from(JSON.stringify(nodes)))).toString('base64') })

  test('says how a container ended whose pod is gone', () => {
    expect(verdict({ workflow: workflow({ nodes }) })).toMatchObject({ status: 'failed', exitCode: 5 })
    expect(verdict({ workflow: workflow({ nodes: { 'n-1': node('Succeeded') } }) })).toMatchObject({
      status: 'succeeded',
    })
    expect(verdict({ workflow: workflow({ nodes: { 'n-1': node('Running') } }) })).toBeNull()
  })

  test.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
    ['brotli', brotliCompressSync],
  ])('is read where it is compressed by %s', (_, pack) => {
    expect(nodesOf(packed(pack))).toEqual(Object.values(nodes))
    expect(verdict({ workflow: packed(pack) })).toMatchObject({ status: 'failed', exitCode: 5 })
  })

  test('is nothing where it is rubbish, or would be endless', () => {
    const endless = gzipSync(Buffer.alloc(40_000_000)).toString('base64')

    for (const compressedNodes of ['', 'rubbish', '////', endless])
      expect(nodesOf(workflow({ compressedNodes }))).toEqual([])
  })

  test('may be kept elsewhere: then the pod alone tells', () => {
    const offloaded = workflow({ offloadNodeStatusVersion: 'fnv:123' })

    expect(areElsewhere(offloaded)).toBe(true)
    expect(verdict({ workflow: offloaded })).toBeNull()
    expect(verdict({ workflow: offloaded, pod: pod({ s1: ended(4) }) })).toMatchObject({ exitCode: 4 })
  })
})
