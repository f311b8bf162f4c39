/** The bytes of a ModelInferRequest for `bench/servers/null-model`, written by hand: one FP32 tensor as raw contents. */
export function inferMessage(elements: number): Buffer {
  const input = Buffer.concat([bytes(1, 'INPUT'), bytes(2, 'FP32'), bytes(3, Buffer.from(varint(elements)))])
  return Buffer.concat([bytes(1, 'null'), bytes(5, input), bytes(7, Buffer.alloc(elements * 4))])
}

/** The message with its five-byte gRPC prefix: the body of a request, for tools that only know HTTP/2. */
export function grpcFrame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** A length-delimited protobuf field. */
function bytes(field: number, content: Buffer | string): Buffer {
  const value = Buffer.from(content as string)
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(value.length)]), value])
}

function varint(value: number): number[] {
  const digits: number[] = []
  let rest = value
  for (; rest > 127; rest >>>= 7) digits.push((rest & 127) | 128)
  return [...digits, rest]
}
