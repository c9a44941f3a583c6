import { worded } from '../image/script.ts'
import { shellWord } from '../tools/tool.ts'
import type { WrittenKubernetes } from './schema.ts'

/** Where what is applied is laid together: nothing that git would tell of. */
const DIRECTORY = '.periplus-deploy'
/** As long as a rollout that goes on may take; Kubernetes itself gives up on one after ten minutes without progress. */
const ROLLOUT = '15m'

/** Applies manifests, a kustomization or a chart, and waits until what they roll out stands. */
export function kubernetesScript(written: WrittenKubernetes): string {
  const { namespace, helm } = written
  return [
    'set -eu',
    `namespace=${shellWord(namespace)} work=${DIRECTORY}`,
    'fail() { printf \'%s\\n\' "$1" >&2; exit 1; }',
    'rm -rf "$work"',
    'mkdir -p "$work"',
    'echo \'*\' > "$work/.gitignore"',
    ...(helm === undefined ? applied(written) : installed(helm)),
    // Whatever else there is, is there as soon as it is applied.
    `while IFS= read -r name; do
  case $name in
    deployment.apps/* | statefulset.apps/* | daemonset.apps/*)
      kubectl --namespace "$namespace" rollout status --timeout=${ROLLOUT} "$name" < /dev/null
      ;;
  esac
done < "$work/names"`,
  ].join('\n')
}

function applied({ manifests, kustomize, substitute }: WrittenKubernetes): string[] {
  const collected =
    kustomize === undefined
      ? collect(manifests ?? [])
      : [`kubectl kustomize ${shellWord(`./${kustomize}`)} > "$work/1.yaml"`, 'count=1']
  return [
    ...collected,
    ...(substitute === undefined ? JOIN : [pushed('PERIPLUS_IMAGE'), ...replace(substitute)]),
    'kubectl --namespace "$namespace" apply --filename "$work/all.yaml" --output name > "$work/names"',
    'cat "$work/names"',
  ]
}

/** Files are numbered: their own names may hold anything. */
function collect(paths: readonly string[]): string[] {
  return [
    'count=0',
    `collect() {
  case $1 in */kustomization.yaml | */kustomization.yml) return 0 ;; esac
  count=$((count + 1))
  cp "$1" "$work/$count.yaml"
}`,
    ...paths.map((path) => {
      const word = shellWord(`./${path}`)
      return `if [ -d ${word} ]; then
  for file in ${word}/*.yaml ${word}/*.yml ${word}/*.json; do [ ! -f "$file" ] || collect "$file"; done
else
  collect ${word}
fi`
    }),
    '[ "$count" -gt 0 ] || fail \'There is no manifest to apply.\'',
  ]
}

const EACH = 'at=1; while [ "$at" -le "$count" ]; do'
const NEXT = 'at=$((at + 1)); done'

const JOIN = [`{ ${EACH} echo ---; cat "$work/$at.yaml"; echo; ${NEXT}; } > "$work/all.yaml"`]

/** By its digest, so that what runs is what was pushed, whatever becomes of a tag. */
function replace(name: string): string[] {
  return [
    `{
  printf '%s\\n' 'apiVersion: kustomize.config.k8s.io/v1beta1' 'kind: Kustomization' 'resources:'
  ${EACH} echo "- $at.yaml"; ${NEXT}
  printf '%s\\n' 'images:' ${shellWord(`- name: ${JSON.stringify(name)}`)}
  printf '  newName: "%s"\\n  digest: "%s"\\n' "\${PERIPLUS_IMAGE%@*}" "$PERIPLUS_IMAGE_DIGEST"
} > "$work/kustomization.yaml"`,
    'kubectl kustomize "$work" > "$work/all.yaml"',
  ]
}

function installed({
  chart,
  version,
  release,
  files = [],
  values = {},
}: NonNullable<WrittenKubernetes['helm']>) {
  const said = Object.entries(values)
  const options = [
    ...(version === undefined ? [] : [`--version ${shellWord(version)}`]),
    ...files.map((file) => `--values ${shellWord(`./${file}`)}`),
    // Literally: a comma in a branch’s name begins no second value.
    ...said.map(([key, value]) =>
      typeof value === 'string'
        ? `--set-literal ${shellWord(`${key}=`)}${worded(value)}`
        : `--set ${key}=${value}`,
    ),
  ]
  const needsImage = said.some(
    ([, value]) => typeof value === 'string' && /\{\{\s*image\.digest\s*\}\}/.test(value),
  )
  const from = shellWord(chart.startsWith('oci://') ? chart : `./${chart}`)
  return [
    ...(needsImage ? [pushed('PERIPLUS_IMAGE_DIGEST')] : []),
    [`helm upgrade --install ${release} ${from} --namespace "$namespace"`, ...options].join(' \\\n  '),
    `helm get manifest ${release} --namespace "$namespace" > "$work/all.yaml"`,
    'kubectl --namespace "$namespace" get --filename "$work/all.yaml" --output name > "$work/names"',
  ]
}

function pushed(variable: 'PERIPLUS_IMAGE' | 'PERIPLUS_IMAGE_DIGEST'): string {
  return `[ "\${${variable}:-}" ] || fail 'No image was pushed, and one is to be deployed. Give the workflow a push.'`
}
