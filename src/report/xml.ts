import { SaxesParser } from 'saxes'
import { type Encoding, textOf, wrong } from './read.ts'

/** Suites in suites in suites: no runner writes more than a dozen. */
const DEPTH_MAX = 100

/** Who is told what stands in a document, in its order. */
export interface XmlReader {
  open(name: string, attributes: ReadonlyMap<string, string>): void
  text(text: string): void
  close(name: string): void
}

/** Reads an XML document. It has no DOCTYPE and so no entities of its own, and needs none: nothing in it is expanded. */
export function readXml(bytes: Uint8Array, reader: XmlReader): void {
  const parser = new SaxesParser({ position: true })
  let depth = 0
  parser.on('doctype', () => {
    throw wrong('It has a DOCTYPE, which a report needs for nothing and which could make a small file huge.')
  })
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1
    if (depth > DEPTH_MAX)
      throw wrong(`Line ${parser.line}: its elements are nested deeper than ${DEPTH_MAX}.`)
    reader.open(name, new Map(Object.entries(attributes)))
  })
  parser.on('closetag', ({ name }) => {
    depth -= 1
    reader.close(name)
  })
  parser.on('text', (text) => reader.text(text))
  parser.on('cdata', (text) => reader.text(text))
  parser.on('error', ({ message }) => {
    // It begins with “line:column: ”.
    const [, line, what] = /^(\d+):\d+: ([\s\S]*)$/.exec(message) ?? [null, null, message]
    throw wrong(`${line === null ? 'It is no XML' : `Line ${line} is no XML`}: ${what?.replace(/\.$/, '')}.`)
  })
  parser.write(writable(textOf(bytes, declaredEncoding(bytes)))).close()
}

/** What XML forbids and test runners write all the same: the colours of a terminal, and other bytes of what was printed. */
const FORBIDDEN =
  /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef])|0*(?:[0-8]|1[124-9]|2\d|3[01]));/gi

function writable(text: string): string {
  return text.replace(FORBIDDEN, '')
}

/** A declaration that can be read as ASCII may name ISO 8859-1; what says that it is UTF-16 there is none. */
function declaredEncoding(bytes: Uint8Array): Encoding | null {
  const head = new TextDecoder('windows-1252').decode(bytes.subarray(0, 200))
  const name = /^<\?xml[^>]*\bencoding=["']([\w.-]+)["']/.exec(head)?.[1] ?? ''
  return /^(?:iso-8859-1|latin-?1|windows-1252|us-ascii)$/i.test(name) ? 'windows-1252' : null
}
