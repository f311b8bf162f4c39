/** What stands at a place of a JSON document (RFC 6901); `undefined` where that is neither text nor a number. */
export function valueAtPointer(document: unknown, pointer: string): string | number | undefined {
  let value = document
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<string, unknown>>)[key]
  }
  return typeof value === 'number' || typeof value === 'string' ? value : undefined
}
