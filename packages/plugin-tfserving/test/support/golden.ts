import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Datatype, TensorData } from 'servebench/plugin'

interface GoldenTensor {
  readonly name: string
  readonly form: 'typed' | 'content'
  readonly dtype: string
  readonly shape: readonly number[]
  readonly values: readonly (string | number | boolean)[]
  readonly request: string
  readonly response: string
}

/** What TensorFlow and protobuf wrote themselves: see `servers/tfserving/golden.py`. */
export const GOLDEN = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/golden.json'), 'utf8'),
) as {
  readonly tensors: readonly GoldenTensor[]
  readonly repeated: readonly { readonly response: string; readonly values: readonly number[] }[]
  readonly 'text in tensor_content': string
  readonly others: Readonly<Record<string, string>>
}

export function golden(name: string): string {
  const found = GOLDEN.others[name]
  if (found === undefined) throw new Error(`There is no vector '${name}'.`)
  return found
}

const DATATYPES: Readonly<Record<string, Datatype>> = {
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  bool: 'BOOL',
  string: 'BYTES',
}

export function datatypeOf({ dtype }: GoldenTensor): Datatype {
  return DATATYPES[dtype] ?? (dtype.toUpperCase() as Datatype)
}

/** As a bench file would write them. */
export function dataOf({ dtype, values }: GoldenTensor): TensorData {
  if (dtype === 'string') return values.map((text) => Buffer.from(text as string, 'hex'))
  if (dtype === 'bool') return values as readonly boolean[]
  if (dtype.endsWith('64') && dtype !== 'float64') return values.map((text) => BigInt(text as string))
  return values.map(Number)
}
