/// <reference path="./text.d.ts" />
import type { ImageBuild, Push } from '../definition.ts'
import { type Placeholder, partsOf } from '../placeholder.ts'
import buildText from './build.sh' with { type: 'text' }
import pushText from './push.sh' with { type: 'text' }

/*
 * Build and Push as scripts, which engines run like any other. They are the same for every execution of a version: what
 * differs from one to the next, they take from their variables.
 */

/** How the parts of an execution are had in a script that Periplus writes. */
const VALUES: Readonly<Record<Placeholder, string>> = {
  'execution.id': '"$PERIPLUS_EXECUTION_ID"',
  'git.sha': '"$PERIPLUS_GIT_SHA"',
  'git.shortSha': '"$(printf %.7s "$PERIPLUS_GIT_SHA")"',
  'git.branch': '"$PERIPLUS_GIT_BRANCH"',
  'git.tag': '"$PERIPLUS_GIT_TAG"',
  // Nobody knows it before the push; validation refuses it there.
  'image.digest': '"$PERIPLUS_IMAGE_DIGEST"',
}

/** What only some executions have, with the variable that is empty in the others. */
const ABSENT: readonly (readonly [Placeholder, string])[] = [
  ['git.branch', 'PERIPLUS_GIT_BRANCH'],
  ['git.tag', 'PERIPLUS_GIT_TAG'],
]

/** Builds an image into the archive that the engine names. Its secrets are files below PERIPLUS_FILES. */
export function buildScript({ dockerfile, context, target, platforms, args, secrets }: ImageBuild): string {
  const given = [
    ...Object.entries(args).map(([name, value]) => `--build-arg ${quoted(`${name}=`)}${worded(value)}`),
    ...Object.keys(secrets).map((id) => `--secret id=${id},src="$PERIPLUS_FILES/${secretFile(id)}"`),
  ]
  return [
    ...[`dockerfile=${quoted(dockerfile)} context=${quoted(context)} target=${quoted(target ?? '')}`],
    ...[`platforms=${quoted(platforms.join(' '))}`],
    ...[`set -- ${given.join(' ')}`.trimEnd(), buildText],
  ].join('\n')
}

/** Pushes what was built. The registry's name and way in come when it runs. */
export function pushScript({ image, tags }: Push, build: ImageBuild | null): string {
  const many = build !== null && build.platforms.length > 1
  return [
    // A branch may be named feature/X, which neither a tag nor a repository may.
    `tagged() { printf %s "$1" | tr -c 'A-Za-z0-9_.-' - | sed 's/^[.-]*//' | cut -c 1-128; }`,
    `small() { printf %s "$1" | tr A-Z a-z | tr -c 'a-z0-9_./-' -; }`,
    `repository=$PERIPLUS_REGISTRY/"$(small ${worded(image)})" many=${many ? '1' : ''}`,
    'set --',
    ...tags.map(tagLine),
    pushText,
  ].join('\n')
}

function tagLine(tag: string): string {
  const named = partsOf(tag).flatMap((part) => (part.kind === 'placeholder' ? [part.name] : []))
  const needed = ABSENT.flatMap(([name, variable]) =>
    named.includes(name) ? [`[ "$${variable}" ] && `] : [],
  )
  const line = `set -- "$@" "$(tagged ${worded(tag)})"`
  return needed.length === 0 ? line : `if ${needed.join('')}:; then ${line}; fi`
}

/** What the file of a build's secret is called. */
export function secretFile(id: string): string {
  return `secret.${id}`
}

/** One word of a shell, whatever stands in it. */
export function worded(text: string): string {
  const parts = partsOf(text)
  if (parts.length === 0) return "''"
  return parts.map((part) => (part.kind === 'text' ? quoted(part.text) : VALUES[part.name])).join('')
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`
}
