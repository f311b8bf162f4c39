import type { DatasetReport, ReplayReport } from '../report/result.ts'
import type { Random } from '../stats/prng.ts'
import type { JsonValue } from '../units/json.ts'

/** What the module of an input provider exports: `export const createSource: CreateSource = (options) => …`. */
export type CreateSource<Options = JsonValue> = (options: Options) => SampleSource | Promise<SampleSource>

/** What inputs are read from, and how they are dealt. */
export type InputFiles = Pick<ReplayReport, 'lines' | 'deal' | 'times' | 'files'>

/** Makes samples (or a target's own requests), on the aide, before the load starts. */
export interface SampleSource {
  /** How many different samples there are; `null` for any number. At least 1. */
  readonly distinct: number | null
  /** Where inputs end: for how many units each user has some, or all users together where there is one number. */
  readonly units?: readonly number[]
  /** For inputs that are read from files while measuring: what the result says about them. */
  readonly files?: InputFiles
  /** Of data sets: how much of them was read and used. */
  readonly datasets?: readonly DatasetReport[]
  /**
   * The `index`-th sample. The same index and random numbers give the same sample in every run.
   * @param random seeded for this sample alone
   * @param seeded the random numbers of another index, for inputs that are made of others
   */
  sample(index: number, random: Random, seeded: (index: number) => Random): unknown
}
