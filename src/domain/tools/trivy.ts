import { z } from 'zod'
import { defineTool, REPORTS_DIRECTORY, roomFor, shellWord } from './tool.ts'

const REPORT = `${REPORTS_DIRECTORY}/trivy.json`

const SCANS = ['image', 'filesystem', 'config'] as const

/** Trivy's own words, from the least. */
const SEVERITIES = ['UNKNOWN', 'LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const
const severity = z.enum(SEVERITIES)
type TrivySeverity = z.output<typeof severity>

/** Looks for weaknesses of packages, secrets and misconfigurations. https://trivy.dev */
export const trivy = defineTool({
  name: 'trivy',
  options: {
    /** `image` is what this execution built, and is meant where there is one; the others are what the repository holds. */
    scan: z.enum(SCANS).optional(),
    /** What is looked for at all. */
    severity: z.union([severity, z.array(severity).min(1)]).optional(),
    /** The least severe that fails the stage. */
    failOn: z.enum([...SEVERITIES, 'none']).optional(),
    /** Nothing is downloaded: the database is the one that is there. */
    offline: z.boolean().optional(),
    /** From where the database is downloaded, where that is not Trivy's own place: `registry.example/trivy-db:2`. */
    database: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9.:/_@-]*$/i,
        'A database is the address of an image: registry.example/trivy-db:2.',
      )
      .max(512)
      .optional(),
  },
  fields: [
    { key: 'scan', word: 'Scan', kind: 'choice', words: SCANS, placeholder: 'the image, else files' },
    {
      key: 'failOn',
      word: 'Fails on',
      kind: 'choice',
      words: [...SEVERITIES, 'none'],
      placeholder: 'CRITICAL',
    },
    { key: 'severity', word: 'Looks for', kind: 'words', placeholder: 'HIGH, CRITICAL' },
    {
      key: 'database',
      word: 'Database',
      kind: 'line',
      placeholder: 'registry.example/trivy-db:2',
      rare: 'rare',
    },
    { key: 'offline', word: 'Download nothing', kind: 'flag', rare: 'rare' },
  ],
  start: { failOn: 'CRITICAL' },
  image: 'aquasec/trivy:0.74.0',
  programs: ['trivy'],
  work: (options, { image }) => {
    const { scan = image ? 'image' : 'filesystem', severity, failOn = 'CRITICAL' } = options
    const { offline = false, database = null } = options
    return {
      run: `set -eu
${roomFor(REPORT)}
${targetOf(scan)}
trivy ${COMMANDS[scan]} --format json --output ${REPORT} --exit-code 0${severitiesFlag(severity)}
trivy convert --format table ${REPORT}
${decision(failOn)}`,
      env: {
        TRIVY_NO_PROGRESS: 'true',
        TRIVY_SKIP_VERSION_CHECK: 'true',
        ...(database === null ? {} : { TRIVY_DB_REPOSITORY: database }),
        ...(offline ? OFFLINE : {}),
      },
      reports: [{ path: REPORT, format: 'trivy' }],
      needsImage: scan === 'image',
    }
  },
})

/** As variables, because versions and commands of Trivy that do not know one leave it alone. */
const OFFLINE = {
  TRIVY_OFFLINE_SCAN: 'true',
  TRIVY_SKIP_DB_UPDATE: 'true',
  TRIVY_SKIP_JAVA_DB_UPDATE: 'true',
  TRIVY_SKIP_CHECK_UPDATE: 'true',
}

const COMMANDS = {
  image: 'image --input "$image"',
  filesystem: 'filesystem .',
  config: 'config .',
} as const

function targetOf(scan: keyof typeof COMMANDS): string {
  if (scan !== 'image') return ''
  return `if [ ! -e "\${PERIPLUS_IMAGE_ARCHIVE:-}" ]; then
  echo 'There is no image to scan: the build left none.' >&2
  exit 2
fi
image=$PERIPLUS_IMAGE_ARCHIVE
# Of OCI's form Trivy reads the directory alone, of Docker's the archive.
if ! tar -tf "$image" manifest.json > /dev/null 2>&1; then
  image=$(mktemp -d)
  trap 'rm -rf "$image"' EXIT
  tar -xf "$PERIPLUS_IMAGE_ARCHIVE" -C "$image"
fi`
}

function severitiesFlag(severity: TrivySeverity | readonly TrivySeverity[] | undefined): string {
  if (severity === undefined) return ''
  return ` --severity ${shellWord([severity].flat().join(','))}`
}

/** The same report is asked once more, for what is too severe alone. */
function decision(failOn: TrivySeverity | 'none'): string {
  if (failOn === 'none') return ''
  const severe = SEVERITIES.slice(SEVERITIES.indexOf(failOn)).join(',')
  return `trivy convert --format json --output /dev/null --severity ${severe} --exit-code 1 ${REPORT} || {
  echo 'There are findings of severity ${failOn}${failOn === 'CRITICAL' ? '' : ' or above'}.'
  exit 1
}`
}
