import { z } from 'zod'
import type { Report } from '../domain/finding.ts'
import { type Draft, findingsFrom } from './findings.ts'
import { count, readJson, text } from './read.ts'

/* `detect-secrets scan`, which is its baseline as well. https://github.com/Yelp/detect-secrets/blob/master/docs/design.md */

const secret = z.object({
  type: z.string(),
  hashed_secret: z.string(),
  is_verified: z.boolean().nullish(),
  is_secret: z.boolean().nullish(),
  line_number: count,
})

const scan = z.object({ version: text, results: z.record(z.string(), z.array(secret)) })

/** Secrets that stand in files, but those that an audit of the baseline called none. */
export function parseDetectSecrets(bytes: Uint8Array): Report {
  const { version, results } = readJson(scan, bytes)
  const drafts = Object.entries(results).flatMap(([file, secrets]) =>
    secrets
      .filter(({ is_secret }) => is_secret !== false)
      .map(
        (found): Draft => ({
          identity: ['detect-secrets', found.type, file, found.hashed_secret],
          rule: found.type,
          // A service said that it is valid.
          severity: found.is_verified === true ? 'critical' : 'high',
          message: found.is_verified === true ? `${found.type}, and it is valid` : found.type,
          file,
          line: found.line_number,
        }),
      ),
  )
  return {
    format: 'detect-secrets',
    producer: `detect-secrets ${version ?? ''}`.trim(),
    findings: findingsFrom(drafts),
    tests: null,
    qualityGate: null,
  }
}
