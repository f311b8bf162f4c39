import type { ModuleReference } from '../hooks/module-reference.ts'
import { checkSamplerRules, type SamplerCheckOptions, type SamplerCheckReport } from './check-sampler.ts'
import { ENERGY_RULES } from './energy-rules.ts'

export interface EnergyCheckOptions extends SamplerCheckOptions {
  /**
   * Joules that the device has used since some instant, by a count that is not the sampler's: of a simulated device, or of
   * a meter beside it. What the gauges add up to over some readings has to be its difference.
   */
  readonly energy?: () => number | Promise<number>
  /** By how much the two may differ, as a share; 0.05 by default. */
  readonly tolerance?: number
}

/**
 * Checks a sampler as a source of energy (`Gauge.power`): joules per inference are made of its readings. It has to have power
 * in watts, say what it is the power of, never read less than nothing, and add up to what was used.
 *
 * Only what is said of power: `checkSampler` checks the rest.
 * @param reference what the plugin's `createSampler` provider returned; see `connectSampler`
 * @throws {ValidationError} with every rule that was broken, and how
 */
export async function checkEnergySource(
  reference: ModuleReference,
  options: EnergyCheckOptions = {},
): Promise<SamplerCheckReport> {
  return checkSamplerRules('The source of energy', ENERGY_RULES, reference, options)
}
