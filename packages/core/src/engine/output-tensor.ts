import type { Datatype, TensorArray } from '../dsl/tensor.ts'

/** An output of an answer, to be compared with that of another server. */
export interface OutputTensor {
  /** `''` where the protocol has no names. */
  readonly name: string
  /** `null` where the protocol does not tell it, as plain JSON. */
  readonly datatype: Datatype | null
  readonly shape: readonly number[]
  /** In row-major order; `FP16` and `BF16` as numbers. */
  readonly data: TensorArray | readonly number[] | readonly (string | Uint8Array)[]
}

/**
 * Reads JSON as tensors: a number or nested lists of equal length as one without a name, an object of such as one each.
 * @throws {TypeError} when it is something else
 */
export function outputsOfJson(value: unknown): readonly OutputTensor[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [tensorOf('', value)]
  return Object.entries(value).map(([name, member]) => tensorOf(name, member))
}

function tensorOf(name: string, value: unknown): OutputTensor {
  const shape: number[] = []
  for (let part = value; Array.isArray(part); part = part[0]) shape.push(part.length)
  const data: (number | string)[] = []
  collect(name, value, shape, 0, data)
  const isText = data.some((element) => typeof element === 'string')
  if (isText && data.some((element) => typeof element !== 'string')) throw notATensor(name)
  return { name, datatype: isText ? 'BYTES' : null, shape, data: data as number[] | string[] }
}

function collect(
  name: string,
  value: unknown,
  shape: readonly number[],
  depth: number,
  into: (number | string)[],
): void {
  if (depth === shape.length) {
    if (typeof value === 'boolean') into.push(Number(value))
    else if (typeof value === 'number' || typeof value === 'string') into.push(value)
    else throw notATensor(name)
    return
  }
  if (!Array.isArray(value) || value.length !== shape[depth]) throw notATensor(name)
  for (const part of value) collect(name, part, shape, depth + 1, into)
}

function notATensor(name: string): TypeError {
  return new TypeError(
    `${name === '' ? 'it' : `'${name}'`} is neither a number nor lists of equal length of numbers.`,
  )
}
