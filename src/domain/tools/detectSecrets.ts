import { z } from 'zod'
import { belowWorkspace } from '../workspacePath.ts'
import { defineTool, REPORTS_DIRECTORY, roomFor, shellWord } from './tool.ts'

const FAIL_ON = ['any', 'verified', 'none'] as const
const REPORT = `${REPORTS_DIRECTORY}/detect-secrets.json`

/** Looks for secrets in the files that git knows. https://github.com/Yelp/detect-secrets */
export const detectSecrets = defineTool({
  name: 'detect-secrets',
  options: {
    /** `verified`: only those whose own service says that they are valid; it is asked over the network. */
    failOn: z.enum(FAIL_ON).optional(),
    /** Secrets that somebody has looked at, as `detect-secrets scan` writes them. */
    baseline: belowWorkspace('A baseline').optional(),
  },
  fields: [
    {
      ...{ key: 'failOn', word: 'Fails on', kind: 'choice', words: FAIL_ON, placeholder: 'any' },
      hint: 'Verified: the service of a secret is asked whether it is valid.',
    },
    {
      ...{ key: 'baseline', word: 'Baseline', kind: 'line', placeholder: '.secrets.baseline' },
      hint: 'Secrets that somebody has looked at.',
    },
  ],
  start: { failOn: 'any' },
  // Nobody publishes an image of it: the script installs it into one of Python, which has git too.
  image: 'python:3.13',
  programs: ['detect-secrets', 'python3'],
  work: ({ failOn = 'any', baseline = null }) => ({
    run: script(failOn, baseline),
    env: {},
    reports: [{ path: REPORT, format: 'detect-secrets' }],
  }),
})

const VERSION = '1.5.0'

function script(failOn: (typeof FAIL_ON)[number], baseline: string | null): string {
  const verify = failOn === 'verified' ? '' : ' --no-verify'
  const known = baseline === null ? "''" : shellWord(`./${baseline}`)
  const scan =
    baseline === null
      ? `detect-secrets scan${verify} > ${REPORT}`
      : `cp ${known} ${REPORT}
detect-secrets scan${verify} --baseline ${REPORT}`
  return `set -eu
${roomFor(REPORT)}
if ! command -v detect-secrets > /dev/null; then
  PATH="$HOME/.local/bin:$PATH"
  python3 -m pip install --quiet --disable-pip-version-check --user 'detect-secrets==${VERSION}'
fi
# The workspace may be another user's, and git is asked only for the names of its files.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
git rev-parse --is-inside-work-tree > /dev/null
${scan}
python3 - ${REPORT} ${known} ${failOn} << 'PYTHON'
${COUNT}
PYTHON`
}

/** Takes what the baseline knows out of the report, says what is left and decides. */
const COUNT = `import json
import os
import sys

report, baseline, fail_on = sys.argv[1:]
with open(report) as file:
    scan = json.load(file)
known = set()
if baseline:
    scan["results"].pop(os.path.normpath(baseline), None)
    with open(baseline) as file:
        for path, secrets in json.load(file)["results"].items():
            known.update((path, one["type"], one["hashed_secret"]) for one in secrets)
found = {}
for path, secrets in sorted(scan["results"].items()):
    new = [one for one in secrets if (path, one["type"], one["hashed_secret"]) not in known]
    if new:
        found[path] = new
scan["results"] = found
with open(report, "w") as file:
    json.dump(scan, file, indent=2)
secrets = [(path, one) for path, new in found.items() for one in new]
for path, one in secrets:
    print(f"{path}:{one['line_number']}: {one['type']}" + (", and it is valid" if one.get("is_verified") else ""))
over = [one for _, one in secrets if fail_on == "any" or (fail_on == "verified" and one.get("is_verified"))]
print(f"{len(secrets)} secret{'' if len(secrets) == 1 else 's'} found" + (f", {len(over)} too many." if over else "."))
sys.exit(1 if over else 0)`
