import type { Tensor } from './tensor.ts'

interface SampleFacts {
  /** Inferences in the sample (the batch size); 1 by default. */
  readonly items?: number
  /** Splits the distributions in the result, for example `'short'` and `'long'`. */
  readonly label?: string
}

/** Tensors by the name of the model's input. */
export interface TensorSample extends SampleFacts {
  readonly tensors: Readonly<Record<string, Tensor>>
}
export interface TextSample extends SampleFacts {
  readonly text: string
}
export interface BytesSample extends SampleFacts {
  readonly bytes: Uint8Array
  /** MIME type, for protocols that say one. */
  readonly type?: string
}
export interface JsonSample extends SampleFacts {
  readonly json: unknown
}

/** An input that belongs to no protocol: the target maps it to a request by what it knows of the server. */
export type Sample = TensorSample | TextSample | BytesSample | JsonSample

const CONTENTS = ['tensors', 'text', 'bytes', 'json']
const FACTS = new Set(['items', 'label', 'type'])

/** Tells a sample from a target's own request: one of `tensors`, `text`, `bytes` and `json`, and nothing unknown beside it. */
export function isSample(value: unknown): value is Sample {
  if (typeof value !== 'object' || value === null) return false
  let contents = 0
  for (const key of Object.keys(value)) {
    if (CONTENTS.includes(key)) contents += 1
    else if (!FACTS.has(key)) return false
  }
  return contents === 1
}
