import { holm } from '../stats/comparison/holm.ts'
import { fewestRepeats, repeatsToDetect, repeatsToExclude } from '../stats/comparison/sample-size.ts'
import type { ChangeTest } from './change-test.ts'
import type { ComparisonSettings, JudgedMetricName } from './comparison-settings.ts'
import { formatNumber, formatShare } from './quantity.ts'
import type { Interval } from './result.ts'

/**
 * `regression`, `improvement`: a change that chance does not explain and that is larger than the threshold;
 * `equivalent`: any change is smaller than the threshold; `inconclusive`: neither is shown.
 */
export type ChangeVerdict = 'regression' | 'improvement' | 'equivalent' | 'inconclusive'

/** The verdict on one metric of a case. */
export interface MetricJudgement {
  readonly metric: JudgedMetricName
  readonly verdict: ChangeVerdict
  /** Why, in a sentence. */
  readonly reason: string
  /** Repeats on each side (or pairs) that would probably decide; `null` when it is decided, or no number would. */
  readonly neededRepeats: number | null
  /** A share for times and rates, a difference for shares. */
  readonly threshold: number
  /** other ÷ base (for `errorRate` other − base) by Hodges and Lehmann, with its exact interval. */
  readonly estimate: number | null
  readonly interval: Interval | null
  readonly confidence: number | null
  /** Of the ratio (difference) of means, by the hierarchical bootstrap, 95 %. */
  readonly bootstrap: Interval | null
  /** `within-run`: one repeat on a side; the bootstrap interval says nothing about the next run. */
  readonly bootstrapScope: 'repeats' | 'within-run'
  readonly pValue: number | null
  /** By Holm, over all tests of the comparison. */
  readonly adjustedP: number | null
  readonly equivalenceP: number | null
  /** From −1 (all values of `other` are lower) to 1. */
  readonly cliffsDelta: number | null
}

/** Judges tests that belong to one comparison: Holm's procedure keeps the false alarms of all of them at the level. */
export function judgeChanges(
  tests: readonly ChangeTest[],
  settings: ComparisonSettings,
): readonly MetricJudgement[] {
  const tested = tests.filter((test) => test.pValue !== null)
  const adjusted = holm(tested.map((test) => test.pValue as number))
  const byTest = new Map(tested.map((test, index) => [test, adjusted[index] as number]))
  return tests.map((test) => judge(test, byTest.get(test) ?? null, tested.length, settings))
}

/** The verdict on a whole: a regression anywhere decides, then what is open. */
export function worstOf(verdicts: readonly ChangeVerdict[]): ChangeVerdict {
  const order = ['regression', 'inconclusive', 'improvement'] as const
  return order.find((verdict) => verdicts.includes(verdict)) ?? 'equivalent'
}

function judge(
  test: ChangeTest,
  adjustedP: number | null,
  family: number,
  settings: ComparisonSettings,
): MetricJudgement {
  const { judged, threshold, estimate, shift, margin, equivalenceP } = test
  const { level } = settings
  const beyond = Math.abs(shift) > margin
  const significant = adjustedP !== null && reaches(adjustedP, level) && excludesNone(test)
  let verdict: ChangeVerdict = 'inconclusive'
  if (significant && beyond) {
    verdict = shift > 0 === (judged.better === 'higher') ? 'improvement' : 'regression'
  } else if (equivalenceP !== null && reaches(equivalenceP, level)) verdict = 'equivalent'
  const neededRepeats = verdict === 'inconclusive' ? needed(test, Math.max(family, 1), settings) : null
  return {
    metric: judged.metric,
    verdict,
    reason: reasonOf(test, verdict, adjustedP, Math.max(family, 1), neededRepeats, settings),
    neededRepeats,
    threshold,
    estimate,
    interval: test.interval,
    confidence: test.confidence,
    bootstrap: test.bootstrap,
    bootstrapScope: Math.min(test.repeats.base, test.repeats.other) < 2 ? 'within-run' : 'repeats',
    pValue: test.pValue,
    adjustedP,
    equivalenceP,
    cliffsDelta: test.cliffsDelta,
  }
}

/** Exact p-values are fractions that rounding must not keep from a level that they are equal to. */
function reaches(pValue: number, level: number): boolean {
  return pValue <= level * (1 + 1e-9)
}

/** The bootstrap's interval has to agree with the test; pairs have none. */
function excludesNone({ bootstrap, judged }: ChangeTest): boolean {
  if (bootstrap === null) return true
  const none = judged.scale === 'ratio' ? 1 : 0
  const [low, high] = bootstrap
  return low > none || (high !== null && high < none)
}

function needed(test: ChangeTest, family: number, settings: ComparisonSettings): number | null {
  const { shift, margin, deviation, samples, repeats } = test
  const level = settings.level / family
  const fewest = fewestRepeats(level, samples)
  if (test.incomplete || Math.min(repeats.base, repeats.other) < 2) return fewest
  const size = Math.abs(shift)
  const options = { power: settings.power, samples }
  const enough =
    size > margin
      ? repeatsToDetect(size / deviation, { ...options, level })
      : repeatsToExclude((margin - size) / deviation, { ...options, level: settings.level })
  if (enough === null) return null
  // What there is did not decide: it takes more than that.
  return Math.max(enough, fewest, Math.min(repeats.base, repeats.other) + 1)
}

function reasonOf(
  test: ChangeTest,
  verdict: ChangeVerdict,
  adjustedP: number | null,
  family: number,
  neededRepeats: number | null,
  { level }: ComparisonSettings,
): string {
  const { repeats, samples } = test
  const change = describeChange(test, test.estimate)
  const limit = describeSize(test, test.threshold)
  if (verdict === 'regression' || verdict === 'improvement') {
    return `${change}, more than ${limit}, and chance does not explain it (p = ${formatP(adjustedP)}${family > 1 ? ` among ${family} tests` : ''}).`
  }
  if (verdict === 'equivalent') return `${change}; any change is below ${limit}.`
  const unit = samples === 'two' ? 'repeats on each side' : 'pairs of repeats'
  if (test.incomplete) return 'A repeat has no value.'
  const fewest = fewestRepeats(level / family, samples)
  const fewer = Math.min(repeats.base, repeats.other)
  if (fewer < 2) {
    return `${change}, but one repeat says nothing about the next run: at least ${fewest} ${unit} are needed.`
  }
  if (fewer < fewest) {
    const tests = family === 1 ? 'A test' : `${family} tests`
    return `${tests} at a level of ${formatShare(level)} ${family === 1 ? 'needs' : 'need'} at least ${fewest} ${unit}; there ${samples === 'pairs' || repeats.base === repeats.other ? `are ${fewer}` : `are ${repeats.base} and ${repeats.other}`}.`
  }
  const between =
    test.interval === null
      ? ''
      : `, perhaps ${describeChange(test, test.interval[0])} to ${describeChange(test, test.interval[1])}`
  const advice =
    neededRepeats === null
      ? 'too near to the threshold for any number of repeats to tell'
      : `needs n ≈ ${neededRepeats} ${unit}`
  return `${change}${between}: ${advice}.`
}

/** `+12 %`, `+0.3 pp`. */
function describeChange({ judged }: ChangeTest, value: number | null): string {
  if (value === null) return 'unknown'
  const change = (judged.scale === 'ratio' ? value - 1 : value) * 100
  const text = formatNumber(Math.abs(change))
  const sign = Number(text) === 0 ? '±' : change < 0 ? '−' : '+'
  return `${sign}${text} ${judged.scale === 'ratio' ? '%' : 'pp'}`
}

function describeSize({ judged }: ChangeTest, threshold: number): string {
  const share = formatShare(threshold)
  return judged.scale === 'ratio' ? share : share.replace('%', 'pp')
}

function formatP(value: number | null): string {
  if (value === null) return '–'
  return value < 0.0001 ? '< 0.0001' : formatNumber(value)
}
