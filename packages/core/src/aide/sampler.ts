import type { JsonValue } from '../units/json.ts'
import type { Nanos } from '../units/nanos.ts'

/**
 * What the module of a sampler exports: `export const createSampler: CreateSampler = (options, context) => …`.
 *
 * It is called once per trial, before the load starts, on a thread of its own. What it throws is told as a warning of
 * the trial, which then goes on without the sampler: a device that is not there must not end a run.
 */
export type CreateSampler<Options = JsonValue> = (
  options: Options,
  context: SamplingContext,
) => Sampler | Promise<Sampler>

export interface SamplingContext {
  /** The project's root. */
  readonly root: string
  /** Adds a warning to the trial's events: a gauge that this machine does not have, a device that was lost. */
  warn(message: string): void
  /**
   * The path of a file that the sampler may write during this trial; the result names it. `null` where records are not kept.
   * @param name with its ending, such as `metrics.ndjson`; once per name
   */
  file(name: string): string | null
}

/** Reads side signals while a trial runs, from before its warm-up to after its drain. */
export interface Sampler {
  /** What it yields, in the order of the values that `read` sets; it stays the same for the whole trial. */
  readonly gauges: readonly Gauge[]
  /** Between reads, in nanoseconds; 100 ms by default, 10 ms at least. */
  readonly period?: Nanos
  /**
   * Called once per period, never while an earlier call goes on, and once more when the trial is over,
   * unless the last call was less than half a period ago. Sets one value
   * per gauge; what it does not set, or sets to NaN, was not to be had, and leaves a gap.
   *
   * An error ends the sampler for this trial, and so does a call that takes longer than two seconds; the trial goes on.
   * @param into one slot per gauge, filled with NaN
   * @param now the trial's clock when the call began, in nanoseconds since the load started, at
   * first a little below zero. A counter's rate is its
   * difference over the difference of these instants: periods are not kept exactly.
   */
  read(into: Float64Array, now: Nanos): void | Promise<void>
  /** Called when the trial is over, also after an error. */
  dispose?(): void | Promise<void>
}

/** A named series with a unit. */
export interface Gauge {
  /** Letters, digits, dots, dashes and underscores; unique in a trial, such as `gpu0.power`. */
  readonly name: string
  /** As in OpenTelemetry where it has one: `1` for ratios from 0 to 1, `By`, `By/s`, `W`, `Cel`; otherwise a word. */
  readonly unit: string
  /** What it was read from, where there are several: `GPU-3f2a…`. */
  readonly device?: string | null
  /** The values that can be, ends included; a reading outside is a fault, left out and told once. */
  readonly bounds?: readonly [low: number, high: number]
  /**
   * What a value stands for. `instant` (the default): how it was when it was read; it covers the time since the reading
   * before, but not the periods in which a reading was missed. `interval`: the mean since `read` was last called, such
   * as a rate made from a counter; it covers that time however long it was.
   */
  readonly covers?: 'instant' | 'interval'
  /** Of a power in `W`: makes it a source of the energy per inference. */
  readonly power?: PowerRole
}

/** What a power is the power of, and how it was found. */
export interface PowerRole {
  /**
   * `system`: the whole machine, at the wall or at its battery; it contains all others. `accelerator`, `cpu`, `memory`:
   * parts of which no one contains another.
   */
  readonly scope: 'system' | 'accelerator' | 'cpu' | 'memory'
  /**
   * `counter`: made from a counter of energy. `average`: the device's own mean over the time before the reading.
   * `instant`: as it was when it was read. `estimate`: a model, not a measurement.
   */
  readonly method: 'counter' | 'average' | 'instant' | 'estimate'
}
