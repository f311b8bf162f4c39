import { parseBytes, ValidationError, type ByteSize, type Problem } from '../../plugin.ts'
import type { HttpResponse } from './response.ts'

/** What the value of a header must be: this text, something that fits the expression, or a number within limits. */
export type HeaderExpectation = string | RegExp | { readonly min?: number; readonly max?: number }

export interface Expectations {
  readonly status?: number | readonly number[]
  /** By name, in any case. A header that is missing fits nothing. */
  readonly headers?: Readonly<Record<string, HeaderExpectation>>
  /** What the body must contain, after its `Content-Encoding` is undone. */
  readonly text?: string | RegExp
  /** What it must not contain. */
  readonly not?: string | RegExp
  /** How much of the body is looked at; `'64KiB'` by default. An answer is not searched beyond it. */
  readonly within?: ByteSize
}

const WITHIN = '64KiB'
const OPTIONS: ReadonlySet<string> = new Set(['status', 'headers', 'text', 'not', 'within'])

/**
 * A `check` by status, headers and a bounded part of the body. It runs beside the load, never on the load thread.
 * @throws {ValidationError} with all that is wrong with the expectations
 * @example check: matching({ headers: { 'x-yahoo-vespa-totalhitcount': { min: 1 } }, not: '"errors"' })
 */
export function matching(expectations: Expectations): (response: HttpResponse) => boolean {
  validate(expectations)
  const { status, text, not, within = WITHIN } = expectations
  const statuses = status === undefined ? null : [status].flat()
  const headers = Object.entries(expectations.headers ?? {}).map(
    ([name, expected]) => [name.toLowerCase(), stateless(expected)] as const,
  )
  const wanted = text === undefined ? null : stateless(text)
  const unwanted = not === undefined ? null : stateless(not)
  const limit = parseBytes(within)
  return ({ status: found, headers: given, body }) => {
    if (statuses !== null && !statuses.includes(found)) return false
    for (const [name, expected] of headers) {
      const value = given[name]
      if (value === undefined || !fits(value, expected)) return false
    }
    if (wanted === null && unwanted === null) return true
    const part = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, limit)).toString('utf8')
    return (wanted === null || contains(part, wanted)) && (unwanted === null || !contains(part, unwanted))
  }
}

function validate(expectations: Expectations): void {
  const problems: Problem[] = []
  const report = (path: string, message: string): void =>
    void problems.push({ path: `matching.${path}`, message })
  for (const name of Object.keys(expectations)) {
    if (!OPTIONS.has(name)) report(name, 'is not something that matching() looks at.')
  }
  const { status, headers = {}, text, not, within = WITHIN } = expectations
  for (const one of status === undefined ? [] : [status].flat()) {
    if (!Number.isInteger(one) || one < 100 || one > 599)
      report('status', `${JSON.stringify(one)} is not an HTTP status.`)
  }
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === 'string' || value instanceof RegExp) continue
    const { min, max } = (value ?? {}) as { min?: unknown; max?: unknown }
    const limits = [min, max].filter((limit) => limit !== undefined)
    if (limits.length === 0 || !limits.every((limit) => typeof limit === 'number'))
      report(`headers.${name}`, 'must be text, a regular expression, or { min, max } with numbers.')
  }
  for (const [name, value] of Object.entries({ text, not })) {
    if (value !== undefined && !((typeof value === 'string' && value !== '') || value instanceof RegExp))
      report(name, 'must be text or a regular expression.')
  }
  try {
    parseBytes(within)
  } catch {
    report('within', `${JSON.stringify(within)} is not a size, such as '64KiB'.`)
  }
  if (problems.length > 0) throw new ValidationError('The check', problems)
}

/** Without the flags that make an expression remember where it stopped. */
function stateless<T>(expected: T | RegExp): T | RegExp {
  return expected instanceof RegExp
    ? new RegExp(expected.source, expected.flags.replace(/[gy]/g, ''))
    : expected
}

function fits(value: string, expected: HeaderExpectation): boolean {
  if (typeof expected === 'string') return value === expected
  if (expected instanceof RegExp) return expected.test(value)
  const number = value.trim() === '' ? NaN : Number(value)
  const { min = -Infinity, max = Infinity } = expected
  return number >= min && number <= max
}

function contains(part: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? part.includes(expected) : expected.test(part)
}
