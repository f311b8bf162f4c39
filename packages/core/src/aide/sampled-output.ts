import type { OutputTensor } from '../engine/output-tensor.ts'
import type { Elements } from '../stats/comparison/elements.ts'

/** An output in a form that can be compared, whatever the protocol that it came by. */
export interface SampledOutput {
  readonly name: string
  /** `null` where the protocol does not tell. */
  readonly datatype: string | null
  readonly shape: readonly number[]
  readonly elements: Elements
}

export function readOutput({ name, datatype, shape, data }: OutputTensor): SampledOutput {
  return { name, datatype, shape: [...shape], elements: elementsOf(data) }
}

/** Copies: what is a view of something larger would travel with all of it. */
function elementsOf(data: OutputTensor['data']): Elements {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return data.slice()
  if (ArrayBuffer.isView(data)) return Float64Array.from(data as Float64Array)
  const [first] = data
  if (typeof first === 'string' || first instanceof Uint8Array)
    return (data as readonly (string | Uint8Array)[]).map((each) => Buffer.from(each).toString('latin1'))
  return Float64Array.from(data as readonly number[])
}
