import { elementCount } from '../../dsl/tensor.ts'
import type { Tensor } from '../../dsl/tensor.ts'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { fromBrain, fromHalf } from '../../units/float16.ts'

/** JSON text in which typed arrays are lists, and 64-bit integers keep all their digits. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'bigint') return rawJson(member.toString())
    return ArrayBuffer.isView(member) && !(member instanceof DataView)
      ? Array.from(member as Uint8Array)
      : member
  })
}

/** Text that stands in a JSON document as it is (TC39 `JSON.parse` source text access; not yet in TypeScript's library). */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON

/** Tensors as nested lists by name: what plain JSON inference endpoints take. */
export function tensorsToJson(tensors: Readonly<Record<string, Tensor>>): string {
  return toJson(
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, nestTensor(name, tensor)])),
  )
}

function nestTensor(name: string, tensor: Tensor): unknown {
  const { datatype, shape, data } = tensor
  const expected = elementCount(shape)
  if (data.length !== expected) {
    throw new ServebenchError(
      'SERVEBENCH_TENSOR',
      `The tensor '${name}' of shape [${shape.join(', ')}] has ${data.length} elements instead of ${expected}.`,
      { advice: 'Give as many elements as the product of the shape.' },
    )
  }
  const bits = data instanceof Uint16Array
  const read = (element: unknown): unknown => {
    if (datatype === 'BOOL') return Boolean(element)
    // Whole numbers beyond 2^53 are text in plans.
    if (datatype !== 'BYTES' && typeof element === 'string' && /^-?\d+$/.test(element)) return BigInt(element)
    const value =
      bits && datatype === 'FP16'
        ? fromHalf(element as number)
        : bits && datatype === 'BF16'
          ? fromBrain(element as number)
          : element
    if (typeof value === 'number' && !Number.isFinite(value)) throw unwritable(name, String(value))
    if (value instanceof Uint8Array) throw unwritable(name, 'bytes that are not text')
    return value
  }
  const nest = (axis: number, start: number): unknown => {
    if (axis === shape.length) return read(data[start])
    const stride = elementCount(shape.slice(axis + 1))
    return Array.from({ length: shape[axis] as number }, (_, index) => nest(axis + 1, start + index * stride))
  }
  return nest(0, 0)
}

function unwritable(name: string, what: string): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_TENSOR',
    `The tensor '${name}' contains ${what}, which JSON cannot express.`,
    {
      advice: 'Change the values, or send the tensor with a protocol that has binary tensors.',
    },
  )
}
