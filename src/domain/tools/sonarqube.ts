import { z } from 'zod'
import { defineTool, REPORTS_DIRECTORY, roomFor } from './tool.ts'

const GATE = `${REPORTS_DIRECTORY}/sonarqube-gate.json`
const ISSUES = `${REPORTS_DIRECTORY}/sonarqube-issues.json`

/** Has a SonarQube server analyse the project and waits for its gate. https://docs.sonarsource.com */
export const sonarqube = defineTool({
  name: 'sonarqube',
  options: {
    projectKey: z
      .string()
      .regex(
        /^[A-Za-z0-9_.:-]*[A-Za-z_.:-][A-Za-z0-9_.:-]*$/,
        'A project’s key has letters, digits, dashes, underscores, dots and colons, and not only digits.',
      )
      .max(400),
    /** `sonar` is the server whose address is the secret `sonar-url`, and whose token is `sonar-token`. */
    server: z
      .string()
      .regex(
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,90}$/,
        'A server is named by a word. Its secrets are <word>-url and <word>-token.',
      ),
    failOnGate: z.boolean().optional(),
  },
  fields: [
    { key: 'projectKey', word: 'Project key', kind: 'line' },
    {
      ...{ key: 'server', word: 'Server', kind: 'line', placeholder: 'sonar' },
      hint: 'For sonar, its address is the secret sonar-url, its token sonar-token.',
    },
  ],
  start: { projectKey: '', server: 'sonar' },
  image: 'sonarsource/sonar-scanner-cli:11',
  programs: ['sonar-scanner', 'curl'],
  work: ({ projectKey, server, failOnGate = true }) => ({
    run: script(projectKey, failOnGate ? 'exit 1' : "echo 'The gate decides nothing here.'"),
    env: { SONAR_HOST_URL: { secret: `${server}-url` }, SONAR_TOKEN: { secret: `${server}-token` } },
    reports: [
      { path: GATE, format: 'sonarqube' },
      { path: ISSUES, format: 'sonarqube' },
    ],
  }),
})

/** Ten minutes: an analysis waits in the server's queue behind those of others. */
const LOOKS = 120
const LOOK_SECONDS = 5

/** Its token goes to curl by a pipe: the arguments of a program are everybody's to read. */
function script(projectKey: string, onFailedGate: string): string {
  return `set -eu
${roomFor(GATE, ISSUES)}
task=${REPORTS_DIRECTORY}/sonarqube-task.txt
rm -f "$task"
ask() {
  printf 'header = "Authorization: Bearer %s"\\n' "$SONAR_TOKEN" |
    curl --config - --silent --show-error --fail --max-time 60 "\${SONAR_HOST_URL%/}/api/$1"
}
field() {
  sed -n "s/.*\\"$1\\":\\"\\([^\\"]*\\)\\".*/\\1/p"
}
sonar-scanner -Dsonar.projectKey=${projectKey} -Dsonar.scanner.metadataFilePath="$PWD/$task"
id=$(sed -n 's/^ceTaskId=//p' "$task")
looks=0
while true; do
  state=$(ask "ce/task?id=$id")
  case $(printf '%s' "$state" | field status) in
    SUCCESS) break ;;
    PENDING | IN_PROGRESS) ;;
    *) echo 'The server could not finish the analysis.' >&2; exit 2 ;;
  esac
  looks=$((looks + 1))
  if [ "$looks" -ge ${LOOKS} ]; then
    echo 'The server has not finished the analysis within ${(LOOKS * LOOK_SECONDS) / 60} minutes.' >&2
    exit 2
  fi
  sleep ${LOOK_SECONDS}
done
ask "qualitygates/project_status?analysisId=$(printf '%s' "$state" | field analysisId)" > ${GATE}
ask 'issues/search?projects=${projectKey}&resolved=false&s=SEVERITY&asc=false&ps=500' > ${ISSUES}
if grep -q '"projectStatus":{"status":"ERROR"' ${GATE}; then
  echo 'The project does not pass its quality gate.'
  ${onFailedGate}
else
  echo 'The project passes its quality gate.'
fi`
}
