import type { Encoded, PatchPoint } from '../../engine/session.ts'

/**
 * Texts that become 16 hexadecimal digits, different in every request, without encoding while measuring: for bodies
 * (text or JSON), paths, queries and header values, so that no cache answers. `salt` is random, `unit` counts the
 * units of load, `sequence` is the id of the sequence that the request belongs to.
 * @example body: { prompt: `${unique.salt} What is a benchmark?` }
 */
export const unique = {
  salt: '__servebench_salt__',
  unit: '__servebench_unit__',
  sequence: '__servebench_sequence__',
} as const

const DIGITS = 16
const FIELDS = Object.entries(unique).map(([field, text]) => ({
  field: field as keyof typeof unique,
  mark: Buffer.from(text),
}))
const PREFIX = Buffer.from('__servebench_')

/** Content in which places to patch have taken the place of marks. */
export interface Marked {
  readonly bytes: Uint8Array
  readonly patches: readonly PatchPoint[]
}

/** Replaces the marks by digits. */
export function placeMarks(bytes: Uint8Array): Marked {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Buffer[] = []
  const patches: PatchPoint[] = []
  let length = 0
  let copied = 0
  for (let at = content.indexOf(PREFIX); at !== -1; at = content.indexOf(PREFIX, at + 1)) {
    const found = FIELDS.find(({ mark }) => content.subarray(at, at + mark.length).equals(mark))
    if (found === undefined) continue
    parts.push(content.subarray(copied, at), Buffer.alloc(DIGITS, '0'))
    length += at - copied
    patches.push({ offset: length, length: DIGITS, field: found.field, encoding: 'hex' })
    length += DIGITS
    copied = at + found.mark.length
  }
  if (patches.length === 0) return { bytes, patches }
  return { bytes: Buffer.concat([...parts, content.subarray(copied)]), patches }
}

/** Replaces the marks in the head of a request whose body has none any more. */
export function placeHeadMarks(encoded: Encoded): Encoded {
  const [head, ...body] = encoded.bytes instanceof Uint8Array ? [encoded.bytes] : encoded.bytes
  if (head === undefined) return encoded
  const { bytes, patches } = placeMarks(head)
  if (patches.length === 0) return encoded
  const shift = bytes.length - head.length
  const moved = (encoded.patches ?? []).map((point) => ({ ...point, offset: point.offset + shift }))
  return { ...encoded, bytes: [bytes, ...body], patches: [...patches, ...moved] }
}
