import type { ComparisonSettings } from '../report/comparison-settings.ts'
import type { TrialSettings } from '../plan/trial-plan.ts'
import type { JsonObject } from '../units/json.ts'

/** The configuration after merging defaults, file, environment and command line. */
export interface ResolvedConfig {
  readonly root: string
  /** The configuration file, when there is one. */
  readonly file: string | null
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  /** Defaults for every trial; a `describe` or `scenario` overrides them unless they came from the environment or the command line. */
  readonly settings: TrialSettings
  readonly origins: Readonly<Record<string, string>>
  readonly repeats: number
  readonly seed: string | null
  readonly output: string
  /** A file with the peaks of further devices, relative to the root. */
  readonly peaks: string | null
  readonly reporters: readonly (string | readonly [name: string, options: JsonObject])[]
  readonly plugins: readonly (string | readonly [name: string, options: JsonObject])[]
  readonly samplers: readonly (string | readonly [name: string, options: JsonObject])[]
  /** How long importing and collecting one bench file may take, ns. */
  readonly collectTimeout: number
  readonly watch: readonly string[]
  /** In which order trials run; see `plan/order.ts`. */
  readonly order: 'random' | 'as-written'
  readonly interleave: 'within-server' | 'across-servers'
  /** How a run is compared with its baseline. */
  readonly comparison: ComparisonSettings
  readonly bail: boolean
  readonly strict: boolean
}
