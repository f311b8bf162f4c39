const NUMBER = /[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?/i

/**
 * The number in what a meter answers.
 * @throws {Error} when there is none
 */
export function findValue(answer: string, pointer: string | null, pattern: string | null): number {
  const found = pointer === null ? textAt(answer, pattern) : valueAt(JSON.parse(answer), pointer)
  const value = typeof found === 'number' ? found : found === undefined ? NaN : Number(found)
  if (Number.isFinite(value)) return value
  const place = pointer ?? pattern ?? 'anywhere'
  throw new Error(`there is no number (${place}) in ${JSON.stringify(answer.slice(0, 200))}`)
}

function textAt(answer: string, pattern: string | null): string | undefined {
  return pattern === null ? NUMBER.exec(answer)?.[0] : new RegExp(pattern).exec(answer)?.[1]
}

/** RFC 6901. */
function valueAt(document: unknown, pointer: string): string | number | undefined {
  let value = document
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return typeof value === 'number' || typeof value === 'string' ? value : undefined
}
