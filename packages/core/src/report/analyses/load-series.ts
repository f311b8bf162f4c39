import { controlOf } from '../../arrival/load-rates.ts'
import type { Scalar } from '../../dsl/matrix.ts'
import type { CaseResult, RunResult, Trial } from '../result.ts'
import { findSeries } from './axis-series.ts'
import { scenariosOf, usersOf, type RepeatedCase } from './measured-scenarios.ts'

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
  return levelsByAxis(result, FEWEST_LEVELS)
}

/** The same for another number of levels. */
export function levelsByAxis(result: RunResult, fewest: number): readonly Series[] {
  return scenariosOf(result).flatMap(({ cases }) =>
    findSeries(
      cases.flatMap((one) => levelOf(one) ?? []),
      ({ load }) => load,
      fewest,
      (levels) => new Set(levels.map(({ kind }) => kind)).size === 1,
    ).map(({ items, ...series }) => ({ ...series, levels: items })),
  )
}

function levelOf({ one, trials }: RepeatedCase): Level | null {
  const streams = Object.values(trials[0]?.plan.streams ?? {})
  const [stream] = streams
  if (one.pooled === null || streams.length !== 1 || stream === undefined) return null
  const { load } = stream
  if (controlOf(load) !== null) return null
  if (load.loop === 'closed') {
    const users = usersOf(stream)
    return users === null ? null : { one, trials, load: users, kind: 'users' }
  }
  if (load.loop !== 'open') return null
  const [segment] = load.rate
  const steady = load.rate.length === 1 && segment !== undefined && segment.rate === segment.rateEnd
  return steady && load.modulation === undefined ? { one, trials, load: segment.rate, kind: 'rate' } : null
}
