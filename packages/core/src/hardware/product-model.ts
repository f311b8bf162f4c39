/** An ONNX file with one operation: the product of two square matrices of float32, `a` and `b`. */
export function productModel(size: number): Uint8Array {
  const tensor = (name: string): number[] => {
    const dimension = block(1, number(1, size))
    return [
      ...text(1, name),
      ...block(2, block(1, [...number(1, 1), ...block(2, [...dimension, ...dimension])])),
    ]
  }
  const node = [...text(1, 'a'), ...text(1, 'b'), ...text(2, 'c'), ...text(4, 'MatMul')]
  const graph = [
    ...block(1, node),
    ...text(2, 'product'),
    ...block(11, tensor('a')),
    ...block(11, tensor('b')),
    ...block(12, tensor('c')),
  ]
  return Uint8Array.from([...number(1, 8), ...block(7, graph), ...block(8, number(2, 17))])
}

function number(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)]
}

function text(field: number, value: string): number[] {
  return block(field, [...new TextEncoder().encode(value)])
}

function block(field: number, content: readonly number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(content.length), ...content]
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}
