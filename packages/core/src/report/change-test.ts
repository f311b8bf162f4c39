import { bootstrapInterval } from '../stats/comparison/bootstrap.ts'
import { equivalence, pairedEquivalence } from '../stats/comparison/equivalence.ts'
import { hodgesLehmann, pairedShift, type Shift } from '../stats/comparison/hodges-lehmann.ts'
import { mannWhitney } from '../stats/comparison/mann-whitney.ts'
import { signedRank } from '../stats/comparison/signed-rank.ts'
import { createRandom } from '../stats/seed.ts'
import type { ComparisonSettings } from './comparison-settings.ts'
import { relativeBlocks, type JudgedMetric } from './judged-metrics.ts'
import type { Interval, Trial } from './result.ts'

/** The repeats of two cases, or of one case in two runs. */
export interface Sides {
  readonly base: readonly Trial[]
  readonly other: readonly Trial[]
  /** `pairs`: the trials at equal places belong together. */
  readonly samples: 'two' | 'pairs'
  /** Seeds the bootstrap. */
  readonly seed: string
}

/** What the repeats say about one metric, before it is known how many others are looked at. */
export interface ChangeTest {
  readonly judged: JudgedMetric
  readonly samples: Sides['samples']
  readonly repeats: { readonly base: number; readonly other: number }
  readonly threshold: number
  /** Whether a repeat has no value, so that nothing can be said. */
  readonly incomplete: boolean
  /** other ÷ base, or other − base: Hodges and Lehmann's estimate. */
  readonly estimate: number | null
  readonly interval: Interval | null
  readonly confidence: number | null
  readonly bootstrap: Interval | null
  /** Mann and Whitney's, or the signed-rank test's; `null` when there is nothing to test. */
  readonly pValue: number | null
  readonly equivalenceP: number | null
  readonly cliffsDelta: number | null
  /** On the scale of the test (logarithms of ratios): the estimate, the threshold, and the standard deviation. */
  readonly shift: number
  readonly margin: number
  readonly deviation: number
}

/** Less than this per second, or of a nanosecond, is nothing; a logarithm needs a number. */
const NOTHING = 1e-9

export function testChange(judged: JudgedMetric, sides: Sides, settings: ComparisonSettings): ChangeTest {
  const { base, other, samples } = sides
  const threshold = settings.thresholds[judged.metric]
  const ratio = judged.scale === 'ratio'
  const margin = ratio ? Math.log(1 + threshold) : threshold
  const from: Values = base.map(judged.read)
  const to: Values = other.map(judged.read)
  const incomplete = from.includes(null) || to.includes(null) || from.length === 0 || to.length === 0
  const common = {
    judged,
    samples,
    repeats: { base: base.length, other: other.length },
    threshold,
    incomplete,
    margin,
  }
  if (incomplete) return { ...common, ...UNKNOWN }
  const scaled = (values: Values): number[] =>
    (values as readonly number[]).map((value) => (ratio ? Math.log(Math.max(value, NOTHING)) : value))
  const [a, b] = [scaled(from), scaled(to)]
  const unscale = (value: number): number => (ratio ? Math.exp(value) : value)
  const differences = b.map((value, index) => value - (a[index] as number))
  const shift: Shift =
    samples === 'two' ? hodgesLehmann(a, b, 1 - settings.level) : pairedShift(differences, 1 - settings.level)
  const few = Math.min(a.length, b.length) < 2
  const test = samples === 'two' ? mannWhitney(a, b) : signedRank(differences)
  const equivalenceP = samples === 'two' ? equivalence(a, b, margin) : pairedEquivalence(differences, margin)
  return {
    ...common,
    estimate: unscale(shift.estimate),
    interval: shift.interval === null ? null : [unscale(shift.interval[0]), unscale(shift.interval[1])],
    confidence: shift.confidence,
    bootstrap: samples === 'two' ? bootstrap(judged, sides) : null,
    pValue: few || isConstant([...a, ...b]) ? null : test.pValue,
    equivalenceP: few ? null : equivalenceP,
    cliffsDelta: samples === 'two' ? (2 * test.statistic) / (a.length * b.length) - 1 : null,
    shift: shift.estimate,
    deviation: samples === 'two' ? pooledDeviation(a, b) : pooledDeviation(differences, []),
  }
}

type Values = readonly (number | null)[]

const UNKNOWN = {
  estimate: null,
  interval: null,
  confidence: null,
  bootstrap: null,
  pValue: null,
  equivalenceP: null,
  cliffsDelta: null,
  shift: 0,
  deviation: 0,
}

/** Equal values everywhere can never be told apart, however they are dealt: they take nothing from the other tests. */
function isConstant(values: readonly number[]): boolean {
  return values.every((value) => value === values[0])
}

function bootstrap(judged: JudgedMetric, { base, other, seed }: Sides): Interval | null {
  const repeats = (trials: readonly Trial[]) =>
    trials.map((trial) => ({ value: judged.read(trial) as number, blocks: relativeBlocks(trial, judged) }))
  const random = createRandom({
    seed,
    path: base[0]?.path ?? [],
    repeat: 0,
    stream: judged.metric,
    purpose: 'compare',
  })
  const statistic =
    judged.scale === 'ratio'
      ? (from: number, to: number): number => to / from
      : (from: number, to: number): number => to - from
  return bootstrapInterval(repeats(base), repeats(other), statistic, { random })
}

function pooledDeviation(a: readonly number[], b: readonly number[]): number {
  const freedom = Math.max(a.length - 1, 0) + Math.max(b.length - 1, 0)
  return freedom === 0 ? 0 : Math.sqrt((squares(a) + squares(b)) / freedom)
}

function squares(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
}
