import { controlOf } from '../../arrival/load-rates.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import type { CaseResult, RunResult, Trial } from '../result.ts'

/** A case with the load that it ran under. */
export interface Level {
  readonly one: CaseResult
  readonly trials: readonly Trial[]
  readonly load: number
  readonly kind: 'users' | 'rate'
}

/** Levels of one axis, everything else equal. */
export interface Series {
  readonly axis: string
  readonly rest: Readonly<Record<string, Scalar>>
  readonly levels: readonly Level[]
}

const FEWEST_LEVELS = 3

/** Every scenario in which an axis gives at least three levels of load, once for each combination of the other axes. */
export function loadSeries(result: RunResult): readonly Series[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const scenarios = Map.groupBy(result.cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].flatMap((cases) =>
    findSeries(cases.flatMap((one) => levelOf(one, trials) ?? [])),
  )
}

function levelOf(one: CaseResult, trials: ReadonlyMap<string, Trial>): Level | null {
  const used = one.trials
    .flatMap((id) => trials.get(id) ?? [])
    .filter((trial) => trial.verdict.validity !== 'invalid')
  const streams = Object.values(used[0]?.plan.streams ?? {})
  const load = streams[0]?.load
  if (one.pooled === null || streams.length !== 1 || load === undefined) return null
  if (controlOf(load) !== null) return null
  if (load.loop === 'closed') {
    return load.population === undefined ? { one, trials: used, load: load.concurrency, kind: 'users' } : null
  }
  if (load.loop !== 'open') return null
  const [segment] = load.rate
  const steady = load.rate.length === 1 && segment !== undefined && segment.rate === segment.rateEnd
  return steady && load.modulation === undefined
    ? { one, trials: used, load: segment.rate, kind: 'rate' }
    : null
}

/** The first axis that is a scale of load: with all other values equal, each of its values has a load of its own. */
function findSeries(levels: readonly Level[]): readonly Series[] {
  for (const axis of Object.keys(levels[0]?.one.case ?? {})) {
    const groups = Map.groupBy(levels, ({ one }) => JSON.stringify(without(one.case, axis)))
    const series = [...groups.values()]
      .filter((group) => {
        const distinct = new Set(group.map(({ load }) => load)).size
        return (
          distinct >= FEWEST_LEVELS &&
          distinct === group.length &&
          new Set(group.map((level) => level.kind)).size === 1
        )
      })
      .map((group) => ({
        axis,
        rest: without((group[0] as Level).one.case, axis),
        levels: group.toSorted((a, b) => a.load - b.load),
      }))
    if (series.length > 0) return series
  }
  return []
}

function without(at: Readonly<Record<string, Scalar>>, axis: string): Readonly<Record<string, Scalar>> {
  return Object.fromEntries(Object.entries(at).filter(([name]) => name !== axis))
}
