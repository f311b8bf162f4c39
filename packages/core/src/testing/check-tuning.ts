import { tunableValues } from '../hooks/tunable-values.ts'
import type { ConfigurationContext, ServerTuning, Tunable } from '../hooks/tuning.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import { Breach } from './breach.ts'
import { checkRules, type ConformanceReport } from './conformance.ts'
import { TUNING_RULES } from './tuning-rules.ts'

/** What the plugin's `configuration` is called with. Default: the working directory, and no server. */
export interface TuningCheckOptions extends Partial<ConfigurationContext> {
  /** Settings that are in no file, such as one that is only sent to a running server. */
  readonly unwritten?: readonly string[]
}

export interface TuningReport extends ConformanceReport {
  /** Values that were applied. */
  readonly applied: number
}

/** The tuning of a server under test. */
export class TuningBench {
  readonly tuning: ServerTuning
  readonly server: ServerPlan
  readonly tunables: readonly Tunable[]
  readonly options: TuningCheckOptions

  constructor(
    tuning: ServerTuning,
    server: ServerPlan,
    tunables: readonly Tunable[],
    options: TuningCheckOptions,
  ) {
    this.tuning = tuning
    this.server = server
    this.tunables = tunables
    this.options = options
  }

  get context(): ConfigurationContext {
    const {
      root = process.cwd(),
      control = null,
      effective,
      artifact = () => {
        throw new Breach('it asks for an artifact: give the check an `artifact` that builds it.')
      },
    } = this.options
    return { root, control, artifact, ...(effective === undefined ? {} : { effective }) }
  }

  /** The grid, what is tried without axes, and the default; each once. */
  valuesOf(tunable: Tunable): readonly JsonValue[] {
    const { automatic = [], default: present } = tunable
    const all = [...tunableValues(tunable), ...automatic, ...(present === undefined ? [] : [present])]
    return [...new Map(all.map((value) => [canonicalJson(value), value])).values()]
  }
}

/**
 * Checks that a server can be tuned as its plugin says (`ServerTuning`, `Tunable`): every value of every tunable is applied
 * to the plan, in the part that its cost names, the same way each time, without touching what it was given and whatever was
 * set before; what no setting takes is refused in words; rules of thumb name settings that can be applied; and the files for
 * an operator tell what was applied.
 * @param server a plan of the plugin's own factory
 * @param tunables as the control of such a server lists them
 * @throws {ValidationError} with every rule that is broken, and where
 */
export async function checkTuning(
  tuning: ServerTuning,
  server: ServerPlan,
  tunables: readonly Tunable[],
  options: TuningCheckOptions = {},
): Promise<TuningReport> {
  const bench = new TuningBench(tuning, server, tunables, options)
  const report = await checkRules({
    subject: `Tuning of the ${server.kind} server`,
    rules: TUNING_RULES,
    options,
    isAbsent: ({ can }) => can !== undefined && tuning[can] === undefined,
    attempt: async (rule) => rule.run(bench),
  })
  return { ...report, applied: tunables.reduce((sum, tunable) => sum + bench.valuesOf(tunable).length, 0) }
}
