import { shellWord } from '../tools/tool.ts'
import type { WrittenCompose } from './schema.ts'

/** Brings up what a compose file says. It finds the image that was pushed as `${PERIPLUS_IMAGE}`, by its digest. */
export function composeScript({ file = 'compose.yaml', project }: WrittenCompose): string {
  // An environment is many workflows’: by default each has a project of its own.
  const name = project === undefined ? '"$PERIPLUS_WORKFLOW-$PERIPLUS_ENVIRONMENT"' : shellWord(project)
  return `set -eu
wait=
if docker compose version > /dev/null 2>&1; then
  set -- docker compose
  wait=--wait
elif command -v podman-compose > /dev/null; then
  set -- podman-compose
else
  echo 'There is neither docker compose nor podman-compose here.' >&2
  exit 127
fi
# Unquoted: nothing where there is nothing to say.
"$@" --file ${shellWord(`./${file}`)} --project-name ${name} up --detach --remove-orphans $wait`
}
