type Schema = Readonly<Record<string, unknown>>

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isInteger,
  number: (value) => typeof value === 'number',
  array: Array.isArray,
  object: (value) => isRecord(value),
}

/** Each keyword of JSON Schema that the definitions' schemas use; one that is not here stops the test. */
const KEYWORDS: Readonly<Record<string, (rule: unknown, value: unknown, schema: Schema) => boolean>> = {
  $schema: () => true,
  title: () => true,
  type: (rule, value) => TYPES[String(rule)]?.(value) ?? false,
  const: (rule, value) => value === rule,
  enum: (rule, value) => Array.isArray(rule) && rule.includes(value),
  pattern: (rule, value) => typeof value !== 'string' || new RegExp(String(rule)).test(value),
  minLength: (rule, value) => typeof value !== 'string' || value.length >= Number(rule),
  maxLength: (rule, value) => typeof value !== 'string' || value.length <= Number(rule),
  minimum: (rule, value) => typeof value !== 'number' || value >= Number(rule),
  maximum: (rule, value) => typeof value !== 'number' || value <= Number(rule),
  minItems: (rule, value) => !Array.isArray(value) || value.length >= Number(rule),
  maxItems: (rule, value) => !Array.isArray(value) || value.length <= Number(rule),
  items: (rule, value) => !Array.isArray(value) || value.every((entry) => accepts(rule, entry)),
  required: (rule, value) =>
    !isRecord(value) || (Array.isArray(rule) && rule.every((key) => String(key) in value)),
  properties: (rule, value) =>
    !isRecord(value) ||
    !isRecord(rule) ||
    Object.entries(rule).every(([key, schema]) => !(key in value) || accepts(schema, value[key])),
  additionalProperties: (rule, value, { properties }) =>
    !isRecord(value) ||
    Object.keys(value).every(
      (key) => (isRecord(properties) && key in properties) || (rule !== false && accepts(rule, value[key])),
    ),
  propertyNames: (rule, value) => !isRecord(value) || Object.keys(value).every((key) => accepts(rule, key)),
  anyOf: (rule, value) => Array.isArray(rule) && rule.some((schema) => accepts(schema, value)),
  allOf: (rule, value) => Array.isArray(rule) && rule.every((schema) => accepts(schema, value)),
}

/** Whether a JSON Schema takes a value. */
export function accepts(schema: unknown, value: unknown): boolean {
  if (!isRecord(schema)) throw new Error(`no schema: ${JSON.stringify(schema)}`)
  return Object.entries(schema).every(([keyword, rule]) => {
    const holds = KEYWORDS[keyword]
    if (holds === undefined) throw new Error(`the keyword ${keyword} is not known here`)
    return holds(rule, value, schema)
  })
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
