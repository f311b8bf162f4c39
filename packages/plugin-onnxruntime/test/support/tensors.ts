/** A request body with binary tensors, and the length of its JSON part. */
export function binaryBody(
  inputs: readonly { name: string; datatype: string; shape: readonly number[]; bytes: Uint8Array }[],
  rest: Readonly<Record<string, unknown>> = {},
): { body: Buffer; headers: Record<string, string> } {
  const head = Buffer.from(
    JSON.stringify({
      inputs: inputs.map(({ name, datatype, shape, bytes }) => ({
        name,
        datatype,
        shape,
        parameters: { binary_data_size: bytes.byteLength },
      })),
      ...rest,
    }),
  )
  return {
    body: Buffer.concat([head, ...inputs.map(({ bytes }) => bytes)]),
    headers: {
      'Content-Type': 'application/octet-stream',
      'Inference-Header-Content-Length': String(head.byteLength),
    },
  }
}

export interface InferReply {
  readonly id?: string
  readonly model_name: string
  readonly model_version: string
  readonly parameters: Readonly<Record<string, number>>
  readonly outputs: readonly {
    readonly name: string
    readonly datatype: string
    readonly shape: readonly number[]
    readonly data?: readonly unknown[]
    readonly parameters?: { readonly binary_data_size: number }
  }[]
}

/** A response with binary tensors: its JSON part and the tensors' bytes in the order of the outputs. */
export function splitReply(body: Uint8Array, headerLength: number): { reply: InferReply; tensors: Buffer[] } {
  const bytes = Buffer.from(body)
  const reply = JSON.parse(bytes.toString('utf8', 0, headerLength)) as InferReply
  let at = headerLength
  const tensors = reply.outputs.map((output) => {
    const size = output.parameters?.binary_data_size ?? 0
    at += size
    return bytes.subarray(at - size, at)
  })
  if (at !== bytes.byteLength) throw new Error(`${bytes.byteLength - at} bytes are left over.`)
  return { reply, tensors }
}

export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

export function float32(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer)
}
