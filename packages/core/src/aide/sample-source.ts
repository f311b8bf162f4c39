import type { Random } from '../stats/prng.ts'
import type { JsonValue } from '../units/json.ts'

/** What the module of an input provider exports: `export const createSource: CreateSource = (options) => …`. */
export type CreateSource<Options = JsonValue> = (options: Options) => SampleSource | Promise<SampleSource>

/** Makes samples (or a target's own requests), on the aide, before the load starts. */
export interface SampleSource {
  /** How many different samples there are; `null` for any number. At least 1. */
  readonly distinct: number | null
  /**
   * The `index`-th sample. The same index and random numbers give the same sample in every run.
   * @param random seeded for this sample alone
   */
  sample(index: number, random: Random): unknown
}
