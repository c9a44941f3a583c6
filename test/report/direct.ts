import { createReading, type ReportReader } from '../../src/report/reading.ts'

/** A reader of reports on this very thread, each answer of which comes through a door. */
export function directReader(door: <T>(work: Promise<T>) => Promise<T> = (work) => work): ReportReader {
  const reading = createReading()
  const at =
    <Given extends unknown[], T>(ask: (...given: Given) => T) =>
    (...given: Given) =>
      door(Promise.resolve().then(() => ask(...given)))
  return {
    keep: at(reading.keep),
    open: at(reading.open),
    findings: at(reading.findings),
    tests: at(reading.tests),
    close: at(() => undefined),
  }
}
