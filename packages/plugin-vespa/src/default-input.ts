import { elementCount } from 'servebench/plugin'
import type { Tensor } from 'servebench/plugin'
import type { CreateSource, SampleSource } from 'servebench/session'
import type { PlannedArgument } from './model/plan-default-input.ts'

const INTEGER_BOUND = 100

/** Makes random tensors: floats in [0, 1), whole numbers in [0, 100). */
export const createSource: CreateSource<readonly PlannedArgument[]> = (planned): SampleSource => ({
  distinct: planned.length === 0 ? 1 : null,
  sample(_index, random) {
    const tensors: Record<string, Tensor> = {}
    for (const { name, datatype, shape } of planned) {
      const isWhole = datatype === 'INT8'
      const data = Float64Array.from({ length: elementCount(shape) }, () =>
        isWhole ? random.int(INTEGER_BOUND) : random.next(),
      )
      tensors[name] = { datatype: 'FP64', shape, data }
    }
    return { tensors }
  },
})
