import type { ModuleReference } from '../hooks/module-reference.ts'
import { parseDuration, type Duration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'
import { checkRules, type ConformanceReport, type Rule } from './conformance.ts'
import { SamplerBench } from './sampler-bench.ts'
import { SAMPLER_RULES } from './sampler-rules.ts'

/** What the test knows of the device that the sampler reads. */
export interface SamplerCheckOptions {
  /** Whether readings are right, by gauge; NaN is a gap. Those of one sampler, oldest first, two at least. */
  readonly accept?: (readings: readonly Readonly<Record<string, number>>[]) => boolean
  /** Gauges that may stay without a value here, such as those of a part that this device lacks. */
  readonly silent?: readonly string[]
  /** A reference to a device that is not there, or that this user may not read. */
  readonly absent?: ModuleReference
  /** Takes the device away while it is read; what happens then is checked last. */
  readonly lose?: () => void | Promise<void>
  /** Makes time pass for the device between readings, for one that is simulated. By default the period is waited for. */
  readonly advance?: () => void | Promise<void>
  /** How long any one call may take; 2 s by default, which is when a trial switches a sampler off. */
  readonly patience?: Duration
  /** The project's root that the sampler is told; the working directory by default. */
  readonly root?: string
}

/** What was checked. */
export interface SamplerCheckReport extends ConformanceReport {
  /** Nanoseconds; of all reads of the check. `share` is the part of a core that reads take. */
  readonly cost: { readonly period: Nanos; readonly median: Nanos; readonly share: number }
}

/**
 * Checks a sampler against its contract (`CreateSampler`, `Sampler`), as trials rely on it: gauges are well formed and
 * stay the same, values are inside their bounds and never infinite, several samplers do not disturb each other, what is
 * disposed leaves nothing behind, and a device that is missing or lost is told in words instead of measured as zero.
 *
 * Reads some dozens of times. Nothing else of the process may open or close timers, sockets or child processes meanwhile.
 * @param reference what the plugin's `createSampler` provider returned; see `connectSampler`
 * @throws {ValidationError} with every rule that was broken, and how
 */
export async function checkSampler(
  reference: ModuleReference,
  options: SamplerCheckOptions = {},
): Promise<SamplerCheckReport> {
  return checkSamplerRules('The sampler', SAMPLER_RULES, reference, options)
}

/** The rules of samplers, or those of some of them. */
export async function checkSamplerRules<Options extends SamplerCheckOptions>(
  subject: string,
  rules: readonly Rule<SamplerBench<Options>, Options>[],
  reference: ModuleReference,
  options: Options,
): Promise<SamplerCheckReport> {
  const bench = new SamplerBench(reference, options, parseDuration(options.patience ?? '2s') / 1e6)
  const report = await checkRules({
    subject,
    rules,
    options,
    attempt: async (rule) => {
      try {
        await rule.run(bench)
      } finally {
        await bench.release()
      }
    },
  })
  return { ...report, cost: bench.cost }
}
