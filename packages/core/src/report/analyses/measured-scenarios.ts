import type { StreamPlan } from '../../plan/trial-plan.ts'
import type { CaseResult, Metrics, RunResult, Trial } from '../result.ts'

/** A case with its repeats. */
export interface RepeatedCase {
  readonly one: CaseResult
  /** All of them, in their order. */
  readonly repeats: readonly Trial[]
  /** Those that are not invalid: what `one.pooled` is made of. */
  readonly trials: readonly Trial[]
}

/** A case with a single stream that measured something. */
export interface StreamCase extends RepeatedCase {
  readonly metrics: Metrics
  readonly stream: StreamPlan
}

/** The cases of a scenario, in their order. */
export interface ScenarioCases {
  /** `describe > scenario` */
  readonly title: string
  readonly cases: readonly RepeatedCase[]
}

export function scenariosOf(result: RunResult): readonly ScenarioCases[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const scenarios = Map.groupBy(result.cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].map((cases) => ({
    title: (cases[0]?.path ?? []).join(' > '),
    cases: cases.map((one) => {
      const repeats = one.trials.flatMap((id) => trials.get(id) ?? [])
      return { one, repeats, trials: repeats.filter(({ verdict }) => verdict.validity !== 'invalid') }
    }),
  }))
}

/** Nothing for a case without a valid repeat, for several streams, and for cold starts: their throughput means nothing. */
export function streamCase(repeated: RepeatedCase): readonly StreamCase[] {
  const [first] = repeated.trials
  const streams = Object.values(first?.plan.streams ?? {})
  const [stream] = streams
  const { pooled: metrics } = repeated.one
  if (stream === undefined || streams.length > 1 || metrics === null || first?.coldStart !== undefined)
    return []
  return [{ ...repeated, metrics, stream }]
}

/** What the SLO allows the highest percentile of the response time that it limits, ns. */
export function responseLimit({
  slo,
}: StreamPlan): { readonly percentile: number; readonly limit: number } | null {
  const limits = (slo?.terms ?? []).flatMap((term) =>
    term.metric === 'responseTime' && typeof term.statistic === 'object'
      ? [{ percentile: term.statistic.percentile, limit: term.limit }]
      : [],
  )
  return limits.toSorted((a, b) => b.percentile - a.percentile)[0] ?? null
}

/** The users of a closed loop of constant size; `null` for every other load. */
export function usersOf({ load }: StreamPlan): number | null {
  return load.loop === 'closed' && load.population === undefined && load.control === undefined
    ? load.concurrency
    : null
}
