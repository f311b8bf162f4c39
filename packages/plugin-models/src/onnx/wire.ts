/** A block of bytes whose length is known before its content exists. */
export interface Deferred {
  readonly byteLength: number
  blocks(): Iterable<Uint8Array>
}

/**
 * An encoded protobuf message: small pieces as bytes, large ones deferred. Lengths are known bottom-up without the
 * content, so that a message of any size can be written front to back in bounded memory.
 */
export interface Message {
  readonly byteLength: number
  readonly pieces: readonly (Uint8Array | Deferred)[]
}

type Field = Message

const LENGTH_DELIMITED = 2
const FIXED_32 = 5

/** Joins fields into a message. */
export function message(...fields: readonly (Field | readonly Field[])[]): Message {
  const flat: Field[] = fields.flat()
  return {
    byteLength: flat.reduce((total, field) => total + field.byteLength, 0),
    pieces: flat.flatMap((field) => field.pieces),
  }
}

/** A varint field; negative numbers take ten bytes, as protobuf's int64 does. */
export function int(field: number, value: number): Field {
  return bytesField([...varint(BigInt(field) << 3n), ...varint(BigInt.asUintN(64, BigInt(value)))])
}

export function float(field: number, value: number): Field {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return bytesField([...key(field, FIXED_32), ...bytes])
}

export function text(field: number, value: string): Field {
  const bytes = new TextEncoder().encode(value)
  return delimited(field, { byteLength: bytes.byteLength, pieces: [bytes] })
}

export function embedded(field: number, value: Message): Field {
  return delimited(field, value)
}

export function deferred(field: number, value: Deferred): Field {
  return delimited(field, { byteLength: value.byteLength, pieces: [value] })
}

/** A packed repeated integer field. */
export function packed(field: number, values: readonly number[]): Field {
  const bytes = Uint8Array.from(values.flatMap((value) => varint(BigInt.asUintN(64, BigInt(value)))))
  return delimited(field, { byteLength: bytes.byteLength, pieces: [bytes] })
}

/** The message's bytes from front to back. A block is only valid until the next one is asked for. */
export function* blocksOf(value: Message): Generator<Uint8Array> {
  for (const piece of value.pieces) {
    if (piece instanceof Uint8Array) yield piece
    else yield* piece.blocks()
  }
}

function delimited(field: number, content: Message): Field {
  const head = Uint8Array.from([...key(field, LENGTH_DELIMITED), ...varint(BigInt(content.byteLength))])
  return { byteLength: head.byteLength + content.byteLength, pieces: [head, ...content.pieces] }
}

function bytesField(bytes: readonly number[]): Field {
  return { byteLength: bytes.length, pieces: [Uint8Array.from(bytes)] }
}

function key(field: number, type: number): number[] {
  return varint((BigInt(field) << 3n) | BigInt(type))
}

function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return bytes
}
