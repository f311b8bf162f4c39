/** Small ONNX files for tests, written by hand: just enough of protobuf and of onnx.proto3. */

export const ELEMENT = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  BYTES: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
  BF16: 16,
} as const

export interface Value {
  readonly name: string
  readonly datatype: keyof typeof ELEMENT
  /** A string is a dynamic size. */
  readonly shape: readonly (number | string)[]
}

export interface Operation {
  readonly type: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, number>>
}

/** A float32 constant, in the file or in one beside it. */
export type Weight = { readonly shape: readonly number[] } & (
  | { readonly values: readonly number[] }
  | { readonly file: string }
)

export function onnxFile(graph: {
  readonly inputs: readonly Value[]
  readonly outputs: readonly Value[]
  readonly nodes: readonly Operation[]
  readonly weights?: Readonly<Record<string, Weight>>
}): Buffer {
  const content = Buffer.concat([
    ...graph.nodes.map((node) => block(1, operation(node))),
    text(2, 'test'),
    ...Object.entries(graph.weights ?? {}).map(([name, { shape, ...content }]) =>
      block(
        5,
        Buffer.concat([
          ...shape.map((size) => integer(1, size)),
          integer(2, ELEMENT.FP32),
          text(8, name),
          'file' in content
            ? Buffer.concat([
                block(13, Buffer.concat([text(1, 'location'), text(2, content.file)])),
                integer(14, 1),
              ])
            : block(9, Buffer.from(Float32Array.from(content.values).buffer)),
        ]),
      ),
    ),
    ...graph.inputs.map((value) => block(11, valueInfo(value))),
    ...graph.outputs.map((value) => block(12, valueInfo(value))),
  ])
  const operators = Buffer.concat([text(1, ''), integer(2, 17)])
  return Buffer.concat([integer(1, 8), block(7, content), block(8, operators)])
}

function operation({ type, inputs, outputs, attributes = {} }: Operation): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) =>
      block(5, Buffer.concat([text(1, name), integer(3, value), integer(20, 2)])),
    ),
  ])
}

function valueInfo({ name, datatype, shape }: Value): Buffer {
  const sizes = shape.map((size) => block(1, typeof size === 'string' ? text(2, size) : integer(1, size)))
  const tensor = Buffer.concat([integer(1, ELEMENT[datatype]), block(2, Buffer.concat(sizes))])
  return Buffer.concat([text(1, name), block(2, block(1, tensor))])
}

function integer(field: number, value: number): Buffer {
  return Buffer.concat([varint(BigInt(field) << 3n), varint(BigInt.asUintN(64, BigInt(value)))])
}

function text(field: number, value: string): Buffer {
  return block(field, Buffer.from(value))
}

function block(field: number, content: Buffer): Buffer {
  return Buffer.concat([varint((BigInt(field) << 3n) | 2n), varint(BigInt(content.length)), content])
}

function varint(value: bigint): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)])
    bytes.push(Number(rest & 127n) | 128)
  }
}
