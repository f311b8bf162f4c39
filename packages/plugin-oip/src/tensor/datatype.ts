import { DATATYPE_BYTES, RAW_ARRAYS } from 'servebench/plugin'
import type { Datatype, TensorArray } from 'servebench/plugin'

/** What the elements of a tensor are once decoded: `FP16` and `BF16` widen to 32 bits without loss, `BYTES` stay bytes. */
export type OipData = TensorArray | readonly Uint8Array[]

/** As {@link OipData} has them. */
const ARRAYS: typeof RAW_ARRAYS = { ...RAW_ARRAYS, FP16: Float32Array, BF16: Float32Array }

export const DATATYPES: readonly Datatype[] = Object.keys(DATATYPE_BYTES) as Datatype[]

export function isDatatype(name: unknown): name is Datatype {
  return typeof name === 'string' && Object.hasOwn(DATATYPE_BYTES, name)
}

export function createArray(datatype: Exclude<Datatype, 'BYTES'>, length: number): TensorArray {
  return new ARRAYS[datatype](length)
}

/** The whole numbers of a datatype; `null` for those that hold others. */
export function rangeOf(datatype: Datatype): { readonly low: bigint; readonly high: bigint } | null {
  if (datatype === 'BOOL') return { low: 0n, high: 1n }
  const match = /^(U?)INT(\d+)$/.exec(datatype)
  if (match === null) return null
  const bits = BigInt(match[2] as string)
  return match[1] === 'U'
    ? { low: 0n, high: (1n << bits) - 1n }
    : { low: -(1n << (bits - 1n)), high: (1n << (bits - 1n)) - 1n }
}
