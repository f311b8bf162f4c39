import { isSample } from '../dsl/sample.ts'

/**
 * The files of `servebench quick --input`. Plans are JSON, whose numbers are doubles to everybody who reads them: a whole
 * number that a double cannot hold travels as text.
 */

/**
 * For the `http` target: its own request (`{ "path": …, "body": … }`), a sample (`{ "tensors": … }`), or else the body.
 * A body with large whole numbers is sent as the text that it is.
 * @throws {SyntaxError}
 */
export function readHttpInput(text: string): unknown {
  const value = parseJson(text)
  const request = isRequest(value) || isSample(value) ? value : { json: value }
  const { json, body = json, headers, ...rest } = request as { readonly [name: string]: unknown }
  if (!holdsLargeNumber(body)) return largeNumbersAsText(request)
  return {
    ...(largeNumbersAsText(rest) as object),
    headers: { 'content-type': 'application/json', ...(headers as object | undefined) },
    body: stringifyJson(body),
  }
}

const REQUEST_FIELDS: ReadonlySet<string> = new Set([
  'method',
  'path',
  'query',
  'headers',
  'body',
  'items',
  'label',
])

function isRequest(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const names = Object.keys(value)
  return names.length > 0 && names.every((name) => REQUEST_FIELDS.has(name))
}

/**
 * A request of an Open Inference Protocol target; large whole numbers become decimal text, which its tensors take.
 * @throws {SyntaxError}
 */
export function readTensorInput(text: string): unknown {
  return largeNumbersAsText(parseJson(text))
}

/** As `JSON.parse`, but whole numbers beyond 2^53 are `bigint`s. */
function parseJson(text: string): unknown {
  const revive = (_name: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context?.source as string)
      : value
  return JSON.parse(text, revive)
}

function stringifyJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'bigint' ? rawJson(String(member)) : member,
  )
}

/** Text that stands in a JSON document as it is (TC39 `JSON.parse` source text access; not yet in TypeScript's library). */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

function holdsLargeNumber(value: unknown): boolean {
  if (typeof value === 'bigint') return true
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsLargeNumber)
}

function largeNumbersAsText(value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map(largeNumbersAsText)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, largeNumbersAsText(member)]))
}
