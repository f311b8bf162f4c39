import { ValidationError } from 'servebench/plugin'
import type { Problem } from 'servebench/plugin'
import { encodeHttpRequest, resolveHeaders } from 'servebench/session'
import type { Encoded } from 'servebench/session'
import type { SearchSessionOptions } from './codec.ts'
import type { VespaParameter, VespaQuery, VespaSearchRequest } from './request.ts'

type Leaf = Exclude<VespaParameter, VespaQuery>

/** @throws {ValidationError} with all parameters that cannot be sent */
export function encodeQuery(request: VespaSearchRequest, options: SearchSessionOptions): Encoded {
  const method = request.method ?? options.method
  const parameters = new Map([...flatten(options.query), ...flatten(request.query ?? {})])
  check(parameters)
  const url = new URL(options.url)
  const isPost = method === 'POST'
  if (!isPost) {
    for (const [name, value] of parameters) url.searchParams.set(name, formatText(value))
  }
  const body = isPost ? Buffer.from(JSON.stringify(Object.fromEntries(parameters), plain)) : null
  const { items, label } = request
  return encodeHttpRequest({
    method,
    url: url.href,
    headers: resolveHeaders(isPost ? { 'content-type': 'application/json' } : undefined, options.headers),
    body,
    close: options.close,
    ...(items === undefined ? {} : { items }),
    ...(label === undefined ? {} : { label }),
  })
}

/** Parameters by their full names: Vespa takes `ranking.profile` and `{ ranking: { profile } }` for the same. */
function flatten(query: VespaQuery, prefix = ''): [name: string, value: Leaf][] {
  return Object.entries(query).flatMap(([name, value]): [string, Leaf][] => {
    if (value === undefined) return []
    return isNested(value) ? flatten(value, `${prefix}${name}.`) : [[prefix + name, value]]
  })
}

function isNested(value: VespaParameter): value is VespaQuery {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value)
}

function check(parameters: ReadonlyMap<string, Leaf>): void {
  const problems: Problem[] = []
  for (const [name, value] of parameters) {
    const numbers: readonly unknown[] = typeof value === 'object' ? Array.from(value ?? [null]) : [value]
    if (
      numbers
        .flat(Infinity)
        .some((one) => one === null || (!Number.isFinite(one ?? NaN) && typeof one === 'number'))
    )
      problems.push({ path: `query.${name}`, message: 'must be text, a finite number, a flag, or a list.' })
  }
  if (problems.length > 0) throw new ValidationError('The query', problems)
}

function formatText(value: Leaf): string {
  return typeof value === 'object' ? JSON.stringify(value, plain) : String(value)
}

function plain(_name: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value
}
