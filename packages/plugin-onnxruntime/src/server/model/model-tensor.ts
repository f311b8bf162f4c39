import { datatypeNamed, type Datatype } from '../datatype.ts'
import type { TensorInfo } from '../inference/messages.ts'

/** An input or output of a loaded model. Sizes that a request chooses are −1. */
export interface ModelTensor {
  readonly name: string
  readonly type: Datatype
  readonly shape: readonly number[]
}

export function toModelTensor(info: TensorInfo): ModelTensor {
  return { name: info.name, type: datatypeNamed(info.datatype) as Datatype, shape: info.shape }
}
