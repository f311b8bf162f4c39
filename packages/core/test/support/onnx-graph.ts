/** An ONNX model for tests, written by hand: just enough of protobuf and of onnx.proto3. Weights have sizes only. */

export const TYPE = { FP32: 1, UINT8: 2, INT8: 3, INT64: 7, BOOL: 9, FP16: 10, BF16: 16 } as const
type Type = keyof typeof TYPE
type Size = number | string
type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: OnnxGraph }

export class OnnxGraph {
  readonly #parts: Buffer[] = []
  readonly #prefix: string
  #count = 0

  constructor(prefix = '') {
    this.#prefix = prefix
  }

  input(name: string, shape: readonly Size[], type: Type = 'FP32'): string {
    this.#parts.push(block(11, valueInfo(name, type, shape)))
    return name
  }

  output(name: string): void {
    this.#parts.push(block(12, text(1, name)))
  }

  /** A constant without its values. */
  weight(name: string, shape: readonly number[], type: Type = 'FP32'): string {
    this.#parts.push(
      block(
        5,
        Buffer.concat([...shape.map((size) => number(1, size)), number(2, TYPE[type]), text(8, name)]),
      ),
    )
    return name
  }

  /** A list of whole numbers. */
  integers(values: readonly number[]): string {
    const name = this.#name('integers')
    const bytes = Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer)
    this.#parts.push(
      block(
        5,
        Buffer.concat([number(1, values.length), number(2, TYPE.INT64), text(8, name), block(9, bytes)]),
      ),
    )
    return name
  }

  /** A single number. */
  scalar(value: number): string {
    const name = this.#name('scalar')
    const bytes = Buffer.from(Float32Array.of(value).buffer)
    this.#parts.push(block(5, Buffer.concat([number(2, TYPE.FP32), text(8, name), block(9, bytes)])))
    return name
  }

  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    name = this.#name(operator),
    outputs: readonly string[] = [name],
    domain = '',
  ): string {
    this.#parts.push(
      block(
        1,
        Buffer.concat([
          ...inputs.map((input) => text(1, input)),
          ...outputs.map((output) => text(2, output)),
          text(3, name),
          text(4, operator),
          ...Object.entries(attributes).map(([key, value]) => block(5, attribute(key, value))),
          ...(domain === '' ? [] : [text(7, domain)]),
        ]),
      ),
    )
    return outputs[0] as string
  }

  graph(): Buffer {
    return Buffer.concat([...this.#parts, text(2, 'test')])
  }

  /** The whole file. */
  model(version = 17): Buffer {
    return Buffer.concat([number(1, 8), block(7, this.graph()), block(8, number(2, version))])
  }

  #name(kind: string): string {
    return `${this.#prefix}${kind}${this.#count++}`
  }
}

function attribute(name: string, value: AttributeValue): Buffer {
  const content =
    typeof value === 'number'
      ? [number(3, value), number(20, 2)]
      : typeof value === 'string'
        ? [text(4, value), number(20, 3)]
        : 'graph' in value
          ? [block(6, value.graph.graph()), number(20, 5)]
          : 'float' in value
            ? [
                Buffer.concat([varint(2n * 8n + 5n), Buffer.from(Float32Array.of(value.float).buffer)]),
                number(20, 1),
              ]
            : [...value.map((item) => number(8, item)), number(20, 7)]
  return Buffer.concat([text(1, name), ...content])
}

function valueInfo(name: string, type: Type, shape: readonly Size[]): Buffer {
  const sizes = shape.map((size) => block(1, typeof size === 'string' ? text(2, size) : number(1, size)))
  return Buffer.concat([
    text(1, name),
    block(2, block(1, Buffer.concat([number(1, TYPE[type]), block(2, Buffer.concat(sizes))]))),
  ])
}

export function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(BigInt(field) << 3n), varint(BigInt.asUintN(64, BigInt(value)))])
}

export function text(field: number, value: string): Buffer {
  return block(field, Buffer.from(value))
}

export function block(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint((BigInt(field) << 3n) | 2n), varint(BigInt(content.length)), content])
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}
