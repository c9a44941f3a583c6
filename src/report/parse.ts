import { Fault } from '../domain/fault.ts'
import type { Report } from '../domain/finding.ts'
import type { ReportFormat } from '../domain/report.ts'
import { parseCyclonedx } from './cyclonedx.ts'
import { parseDetectSecrets } from './detectSecrets.ts'
import { parseJunit } from './junit.ts'
import { REPORT_BYTES_MAX } from './read.ts'
import { parseSarif } from './sarif.ts'
import { parseSonarqube } from './sonarqube.ts'
import { parseTrivy } from './trivy.ts'

const PARSERS: Readonly<Record<ReportFormat, (bytes: Uint8Array) => Report>> = {
  sarif: parseSarif,
  junit: parseJunit,
  trivy: parseTrivy,
  cyclonedx: parseCyclonedx,
  'detect-secrets': parseDetectSecrets,
  sonarqube: parseSonarqube,
}

/** A report from its bytes, which are anybody's: a Fault says what is wrong with them and where. */
export function parseReport(format: ReportFormat, bytes: Uint8Array): Report {
  if (bytes.length > REPORT_BYTES_MAX) {
    const size = Math.ceil(bytes.length / 1024 / 1024)
    throw new Fault(
      'too_large',
      `The report has ${size} MiB; at most ${REPORT_BYTES_MAX / 1024 / 1024} MiB are read. Let the tool write less.`,
    )
  }
  try {
    return PARSERS[format](bytes)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new Fault(error.kind, `This can’t be read as ${format}. ${error.message}`, { cause: error })
  }
}
