import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { Length } from './length.ts'
import type { GeneratorOptions } from './values.ts'

export interface TextOptions extends GeneratorOptions<
  'empty' | 'single-word' | 'max-length' | 'duplicates' | 'unicode'
> {
  /** Words per text; 20 by default. */
  readonly words?: Length
  /** Share of each text, from its beginning, that is the same in all of them, as a system prompt is; 0 by default. */
  readonly sharedPrefix?: number
  /** Labels by the number of words, `≤64`, `≤128`, `>128` for `[64, 128]`. */
  readonly buckets?: readonly number[]
  /**
   * Makes requests for the generation of text: JSON with `prompt`, `max_tokens` of this length, and `ignore_eos`, so that
   * answers are as long as they are asked to be.
   */
  readonly maxTokens?: Length
  /** With `maxTokens`; true by default. */
  readonly ignoreEos?: boolean
  /** With `maxTokens`: further members of each request, such as `{ model: 'llama', stream: true }`. */
  readonly request?: Readonly<Record<string, string | number | boolean>>
}

/** Texts of random English words, about one token each: prefix caches do not help, unless `sharedPrefix` says so. */
export function text(options: TextOptions = {}): InputSpec {
  return inputSpec('text', options)
}
