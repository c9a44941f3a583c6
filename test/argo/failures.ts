import { ApiError, type Status } from '../../src/engine/argo/kube.ts'
import { type Kind, RESOURCES } from './objects.ts'

/** What the API server refuses, word for word as it was recorded. */

type Details = NonNullable<Status['details']>

/** A refusal with a `Status` as its body. */
export function refusal(code: number, reason: string, message: string, details?: Details): ApiError {
  const retry = details?.retryAfterSeconds
  const status = {
    kind: 'Status' as const,
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code,
  }
  return new ApiError(code, status, message, retry === undefined ? null : retry * 1000)
}

/** `workflows.argoproj.io`, `pods`. */
function qualified(kind: Kind): string {
  const { group } = RESOURCES[kind]
  return group === '' ? kind : `${kind}.${group}`
}

function detailsOf(kind: Kind, name: string): Details {
  const { group } = RESOURCES[kind]
  return { name, ...(group === '' ? {} : { group }), kind }
}

export function notFound(kind: Kind, name: string): ApiError {
  return refusal(404, 'NotFound', `${qualified(kind)} "${name}" not found`, detailsOf(kind, name))
}

export function namespaceNotFound(name: string): ApiError {
  return refusal(404, 'NotFound', `namespaces "${name}" not found`, { name, kind: 'namespaces' })
}

/** What a client makes of the server's plain `404 page not found`: nobody has told it of this kind. */
export function kindNotFound(): ApiError {
  return refusal(404, 'NotFound', 'the server could not find the requested resource')
}

export function alreadyExists(kind: Kind, name: string): ApiError {
  return refusal(409, 'AlreadyExists', `${qualified(kind)} "${name}" already exists`, detailsOf(kind, name))
}

/** Its name is taken until its finalizers are gone. */
export function isBeingDeleted(kind: Kind, name: string): ApiError {
  const message = `object is being deleted: ${qualified(kind)} "${name}" already exists`
  return refusal(409, 'AlreadyExists', message, detailsOf(kind, name))
}

export function namespaceTerminating(kind: Kind, name: string, namespace: string): ApiError {
  const message = `${qualified(kind)} "${name}" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`
  return refusal(403, 'Forbidden', message, {
    ...detailsOf(kind, name),
    causes: [
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ],
  })
}

export function forbidden(kind: string, name: string, message: string): ApiError {
  return refusal(403, 'Forbidden', message, { ...(name === '' ? {} : { name }), kind })
}

/** A right that the caller lacks. */
export function lacksRight(
  verb: string,
  resource: string,
  group: string,
  namespace: string,
  name: string,
): ApiError {
  const what = `${group === '' ? resource : `${resource}.${group}`}${name === '' ? '' : ` "${name}"`}`
  const message = `${what} is forbidden: User "periplus" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "${namespace}"`
  return refusal(403, 'Forbidden', message, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  })
}

export interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

export function invalid(kind: Kind, name: string, causes: readonly Cause[]): ApiError {
  const { group, kind: Kind } = RESOURCES[kind]
  const parts = causes.map(({ field, message }) => `${field}: ${message}`)
  const list = parts.length === 1 ? parts[0] : `[${parts.join(', ')}]`
  const title = group === '' ? Kind : `${Kind}.${group}`
  const details = { name, ...(group === '' ? {} : { group }), kind: Kind, causes }
  return refusal(422, 'Invalid', `${title} "${name}" is invalid: ${list}`, details)
}

/** A patch that was meant for another object of this name. */
export function immutableUid(kind: Kind, name: string, uid: string): ApiError {
  const message = `Invalid value: "${uid}": field is immutable`
  return invalid(kind, name, [{ reason: 'FieldValueInvalid', field: 'metadata.uid', message }])
}

/** A json-patch that does not apply; its `test`, most often. */
export function patchRejected(): ApiError {
  const message = 'the server rejected our request due to an error in our request'
  return refusal(422, 'Invalid', message, {})
}

export function anotherUid(kind: Kind, name: string, asked: string, found: string): ApiError {
  const { group, kind: Kind } = RESOURCES[kind]
  const title = group === '' ? Kind : `${Kind}.${group}`
  const message = `Operation cannot be fulfilled on ${title} "${name}": the UID in the precondition (${asked}) does not match the UID in record (${found}). The object might have been deleted and then recreated`
  return refusal(409, 'Conflict', message, { name, ...(group === '' ? {} : { group }), kind: Kind })
}

export function tooOld(asked: number, oldest: number): ApiError {
  return refusal(410, 'Expired', `too old resource version: ${asked} (${oldest})`)
}

/** A `continue` whose snapshot is gone; the body has another, which leads to an inconsistent rest. */
export function continueExpired(again: string): ApiError {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.'
  const { status } = refusal(410, 'Expired', message)
  return new ApiError(410, { ...status, metadata: { continue: again } } as Status, message)
}

export function unsupportedMediaType(): ApiError {
  const accepted = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml'
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`
  return refusal(415, 'UnsupportedMediaType', message)
}

export function entityTooLarge(bytesMax: number): ApiError {
  return refusal(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${bytesMax}`)
}

/** What a server says while it comes up: at first nothing is installed, then its storage is not. */
export function notInstalled(): ApiError {
  const message =
    'the request has been made before all known HTTP paths have been installed, please try again'
  return refusal(503, 'ServiceUnavailable', message, { retryAfterSeconds: 5 })
}

export function initializing(): ApiError {
  return refusal(429, 'TooManyRequests', 'storage is (re)initializing', { retryAfterSeconds: 1 })
}

export function badRequest(message: string): ApiError {
  return refusal(400, 'BadRequest', message)
}

export function unauthorized(): ApiError {
  return refusal(401, 'Unauthorized', 'Unauthorized')
}
