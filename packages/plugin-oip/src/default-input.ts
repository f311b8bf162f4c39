import type { Random, Tensor, TensorData } from 'servebench/plugin'
import { elementCount } from 'servebench/plugin'
import type { CreateSource, SampleSource } from 'servebench/session'
import type { PlannedInput } from './mapping/plan-default-input.ts'
import { createArray } from './tensor/datatype.ts'

/** Whole numbers stay below this: small enough to be an index into most tables. */
const INTEGER_BOUND = 100
const TEXT_LENGTH = 16
const LETTERS = 26
const FIRST_LETTER = 97

/** Makes random tensors: floats in [0, 1), whole numbers in [0, 100), text of 16 letters. */
export const createSource: CreateSource<readonly PlannedInput[]> = (inputs): SampleSource => ({
  distinct: inputs.length === 0 ? 1 : null,
  sample(_index, random) {
    const tensors: Record<string, Tensor> = {}
    for (const { name, datatype, shape } of inputs) {
      tensors[name] = { datatype, shape, data: randomData(datatype, elementCount(shape), random) }
    }
    return { tensors }
  },
})

function randomData(datatype: Tensor['datatype'], count: number, random: Random): TensorData {
  if (datatype === 'BYTES') return Array.from({ length: count }, () => randomText(random))
  const array = createArray(datatype, count)
  const wide = array instanceof BigInt64Array || array instanceof BigUint64Array
  const floating = array instanceof Float32Array || array instanceof Float64Array
  for (let index = 0; index < count; index++) {
    const value = floating ? random.next() : random.int(datatype === 'BOOL' ? 2 : INTEGER_BOUND)
    array[index] = (wide ? BigInt(value) : value) as never
  }
  return array
}

function randomText(random: Random): string {
  return String.fromCharCode(...Array.from({ length: TEXT_LENGTH }, () => FIRST_LETTER + random.int(LETTERS)))
}
