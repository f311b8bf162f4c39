import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { GeneratorOptions } from './values.ts'

export interface RecommendationOptions extends GeneratorOptions<
  'zeros' | 'last-id' | 'out-of-range' | 'duplicates' | 'distinct-ids' | 'empty-batch'
> {
  /** Rows of each embedding table: a list, or as many tables of one size. */
  readonly tables: readonly number[] | { readonly count: number; readonly rows: number }
  /** Ids for each table and sample; 1 by default. */
  readonly lookups?: number
  /** `'zipf'` (the default): P(id) ∝ 1 / (id + 1)^alpha, which caches like; `'uniform'`: which defeats them. */
  readonly ids?: 'zipf' | 'uniform'
  /** Of Zipf's law; 1.05 by default. */
  readonly alpha?: number
  /** Numbers beside the ids, N(0, 1); 13 by default, 0 for none. */
  readonly dense?: number
  /** Samples per request; 1 by default. */
  readonly batch?: number
  /** `'combined'` (the default): one tensor `[batch, tables × lookups]`; `'separate'`: one for each table. */
  readonly layout?: 'combined' | 'separate'
  /** What the model takes by default, `INT64` where that is not known. */
  readonly datatype?: 'INT64' | 'INT32'
  /** The model's inputs: `dense` and `ids` by default, and `ids_0`, `ids_1`, … where they are separate. */
  readonly names?: { readonly dense?: string; readonly ids?: string | readonly string[] }
}

/**
 * Ids of embedding tables and numbers, as DLRM takes them. Special values: `'zeros'` (one row: a perfect cache),
 * `'last-id'`, `'out-of-range'` (one beyond: an error is the right answer), `'duplicates'` (one random id in each
 * request), `'distinct-ids'` (no id twice in a request, as long as there are enough), `'empty-batch'`.
 */
export function recommendation(options: RecommendationOptions): InputSpec {
  return inputSpec('recommendation', options)
}
