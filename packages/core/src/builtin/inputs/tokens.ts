import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { Length } from './length.ts'
import type { GeneratorOptions } from './values.ts'

export interface TokensOptions extends GeneratorOptions<
  | 'all-padding'
  | 'single-token'
  | 'max-length'
  | 'zeros'
  | 'last-id'
  | 'out-of-range'
  | 'duplicates'
  | 'empty-batch'
> {
  /** Tokens of each sequence, with those at its ends. */
  readonly length: Length
  /** How many ids there are; 30 522 by default, as in BERT. */
  readonly vocabulary?: number
  /** Sequences per request; 1 by default. */
  readonly batch?: number
  /**
   * What sequences are filled up to: `'longest'` (the default) of the request, `'max'`: the longest possible, or a
   * number of tokens, of which each request has the next multiple.
   */
  readonly padTo?: 'longest' | 'max' | number
  /** First and last token of a sequence and what fills it up: `[CLS]` 101, `[SEP]` 102 and `[PAD]` 0 by default; `null`: none. */
  readonly markers?: { readonly start?: number | null; readonly end?: number | null; readonly pad?: number }
  /** Ids in between: `'uniform'` (the default), or by Zipf's law, as words are. */
  readonly ids?: 'uniform' | 'zipf'
  /** Of Zipf's law; 1 by default. */
  readonly alpha?: number
  /** Share of each sequence, from its beginning, that is the same in all of them, as a system prompt is; 0 by default. */
  readonly sharedPrefix?: number
  /** Labels by length, `≤64`, `≤128`, `>128` for `[64, 128]`: they split the distributions in the result. */
  readonly buckets?: readonly number[]
  /** What the model takes by default, `INT64` where that is not known. */
  readonly datatype?: 'INT64' | 'INT32'
  /**
   * The model's inputs; what it does not have is left out. `input_ids`, `attention_mask` and `token_type_ids` by
   * default; a server that does not describe them gets the first two. `null`: none.
   */
  readonly names?: {
    readonly ids?: string
    readonly mask?: string | null
    readonly types?: string | null
  }
}

/**
 * Sequences of token ids with a mask, for encoders and decoders. Special values: `'all-padding'`, `'single-token'`,
 * `'max-length'`, `'zeros'`, `'last-id'`, `'out-of-range'` (one beyond the vocabulary: an error is the right answer),
 * `'duplicates'` (one random id) and `'empty-batch'`.
 */
export function tokens(options: TokensOptions): InputSpec {
  return inputSpec('tokens', options)
}
