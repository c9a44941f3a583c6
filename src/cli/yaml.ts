import { Document, Scalar, visit } from 'yaml'

/** Plain in every reader’s YAML: no number, no date, no `yes`, nothing that opens or ends anything. */
const PLAIN = /^(?!(?:y|n|yes|no|on|off|true|false|null|e-?\d+)$)[A-Za-z/][\w./@-]*(?::[\w./@-]+)*$/i

/** Lines that a block may hold as they are: of letters that all readers print, not beginning or ending in blanks. */
const BLOCK = /^[!-~](?:[ -~\u00a1-\u024f\u2010-\u2027]|(?<! )\n)*$/

/** What some readers take for the end of a line, and others for nothing. */
const UNPRINTED = /[\u007f-\u009f\u2028\u2029\ufeff]/g

/** A value as a YAML document that every reader takes for the same, those of YAML 1.1 such as kubectl included. */
export function yamlOf(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  visit(document, {
    Scalar: (place, scalar) => {
      if (typeof scalar.value === 'string') scalar.type = styleOf(scalar.value, place === 'key')
    },
  })
  const text = document.toString({ lineWidth: 0, doubleQuotedAsJSON: true })
  return text.replace(UNPRINTED, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function styleOf(text: string, isKey: boolean): Scalar.Type {
  if (PLAIN.test(text)) return Scalar.PLAIN
  return !isKey && text.includes('\n') && BLOCK.test(text) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE
}
