import type { Field } from './program.ts'

/** The parts of a request that numbers are read from. `json` parses the body once. */
export interface FieldSource {
  header(name: string): string | undefined
  readonly body: Buffer
  json(): unknown
}

/** Reads a number out of a request; NaN when it is not there. */
export type FieldReader = (source: FieldSource) => number

export function fieldReader(field: Field): FieldReader {
  if ('header' in field) {
    const name = field.header.toLowerCase()
    return (source) => numberOf(source.header(name))
  }
  if ('json' in field) {
    const { json } = field
    return (source) => {
      const value = source.json()
      return typeof value === 'object' && value !== null
        ? numberOf((value as Record<string, unknown>)[json])
        : NaN
    }
  }
  const { offset } = field
  const length =
    field.length ?? { u64le: 8, varint: 10, byte: 1, bool: 5, decimal: 0, hex: 0 }[field.encoding]
  switch (field.encoding) {
    case 'decimal':
      return ({ body }) => numberOf(textAt(body, offset, length))
    case 'hex':
      return ({ body }) => numberOf(`0x${textAt(body, offset, length) ?? '?'}`)
    case 'bool':
      return ({ body }) => numberOf(textAt(body, offset, length)?.trim())
    case 'byte':
      return ({ body }) => body[offset] ?? NaN
    case 'u64le':
      return ({ body }) => (offset + 8 <= body.length ? Number(body.readBigUInt64LE(offset)) : NaN)
    case 'varint':
      return ({ body }) => varintAt(body, offset)
  }
}

function textAt(body: Buffer, offset: number, length: number): string | undefined {
  return offset + length <= body.length ? body.toString('latin1', offset, offset + length) : undefined
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  if (typeof value !== 'string') return NaN
  const text = value.trim()
  if (text === 'true') return 1
  if (text === 'false') return 0
  return text === '' ? NaN : Number(text)
}

function varintAt(body: Buffer, offset: number): number {
  let value = 0
  let scale = 1
  for (let at = offset; at < Math.min(body.length, offset + 10); at++) {
    const byte = body[at] as number
    value += (byte & 127) * scale
    if (byte < 128) return value
    scale *= 128
  }
  return NaN
}
