import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { argoOf } from '../../src/config/argo.ts'
import { readSettings } from '../../src/config/settings.ts'
import { ENGINE_RIGHTS, grant, POD_RIGHTS } from '../../src/ops/doctor/rights.ts'

const DEPLOY = join(import.meta.dir, '..', '..', 'deploy', 'kubernetes')

const dir = mkdtempSync(join(tmpdir(), 'periplus-deploy-'))
afterAll(() => rmSync(dir, { recursive: true }))

interface Manifest {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  // Each kind has keys of its own, and each test asks for what it needs.
  readonly [key: string]: unknown
}

function read(text: string): readonly Manifest[] {
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS()
  })
}

const files = readdirSync(DEPLOY).filter((name) => name.endsWith('.yaml'))
const manifests = files.flatMap((name) => read(readFileSync(join(DEPLOY, name), 'utf8')))

function one(kind: string, name: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name)
  expect(found, `${kind} ${name}`).toHaveLength(1)
  return found[0] as Manifest
}

describe('the rights that are granted', () => {
  test.each([
    ['periplus', ENGINE_RIGHTS],
    ['periplus-pods', POD_RIGHTS],
  ] as const)('to %s are those that doctor asks for, and its own role', (name, rights) => {
    const { kind, metadata, ...role } = one('Role', name)
    const [printed] = read(
      grant(name, 'periplus-runs', rights, { kind: 'ServiceAccount', name, namespace: 'x' }),
    )

    expect({ kind, metadata, ...role }).toEqual({ ...printed } as Manifest)
  })

  test('are of roles and to accounts that exist', () => {
    const bindings = manifests.filter(({ kind }) => kind === 'RoleBinding')

    expect(bindings.length).toBeGreaterThan(2)
    for (const { metadata, roleRef, subjects } of bindings) {
      expect(manifests).toContainEqual(
        expect.objectContaining({
          kind: 'Role',
          metadata: { name: (roleRef as { name: string }).name, namespace: metadata.namespace },
        }),
      )
      for (const { kind, name, namespace } of subjects as readonly {
        kind: string
        name: string
        namespace: string
      }[]) {
        expect(manifests).toContainEqual(expect.objectContaining({ kind, metadata: { name, namespace } }))
      }
    }
  })

  test('are in namespaces, never in the whole cluster', () => {
    expect(manifests.filter(({ kind }) => kind.startsWith('Cluster'))).toEqual([])
  })
})

describe('the server', () => {
  test('is alone, asked how it is by a name of its own, and may do nothing that “restricted” forbids', () => {
    const probe = (path: string) => ({
      httpGet: { path, port: 'http', httpHeaders: [{ name: 'Host', value: 'localhost' }] },
    })

    expect(one('StatefulSet', 'periplus')).toMatchObject({
      spec: {
        replicas: 1,
        template: {
          spec: {
            serviceAccountName: 'periplus',
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                livenessProbe: probe('/healthz'),
                readinessProbe: probe('/readyz'),
                ports: [{ name: 'http', containerPort: 7070 }],
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    })
  })

  test('takes its options, which name the namespace and the account that are made', () => {
    const { data } = one('ConfigMap', 'periplus') as Manifest & { data: Readonly<Record<string, string>> }
    const file = join(dir, 'periplus.yaml')
    writeFileSync(file, data['periplus.yaml'] ?? '')

    const { config } = readSettings(new Map([['--config', file]]), {})

    expect(config.listen).toEqual({ host: '0.0.0.0', port: 7070 })
    const argo = argoOf(config)
    expect(one('ServiceAccount', argo?.defaults.serviceAccount ?? '').metadata.namespace).toBe(
      argo?.namespace,
    )
    expect(one('Namespace', argo?.namespace ?? '')).toBeDefined()
  })
})

test('the readme names every file', () => {
  const readme = readFileSync(join(DEPLOY, 'README.md'), 'utf8')

  for (const name of files) expect(readme).toContain(`| \`${name}\` |`)
})
