import type { StopRulePlan } from '../plan/trial-plan.ts'
import {
  certifiedRank,
  certifyLimit,
  chanceOfFewOver,
  fewestToEstimate,
  withinNeeded,
} from '../stats/certify/early-stopping.ts'
import { judgeShare } from '../stats/certify/judge-share.ts'
import { lookConfidence } from '../stats/certify/look-confidence.ts'
import { percentileIntervals } from '../stats/interval/percentile-interval.ts'
import { OrderStatistics } from '../stats/quantile/order-statistics.ts'
import { rankOf } from '../stats/quantile/rank.ts'
import type { Nanos } from '../units/nanos.ts'
import type { Certificate } from '../report/result.ts'

/**
 * What is known about a percentile after some requests: at a look while the trial runs, and at its end.
 *
 * @param samples response times in the order of the intended starts; +∞ for what did not complete
 * @param look how many looks there were before
 */
export function certify(rule: StopRulePlan, samples: Float64Array, look: number): Certificate {
  const ranked = new OrderStatistics(samples)
  const interval = percentileIntervals(samples, ranked, [rule.percentile])[0] ?? null
  const { count } = ranked
  const measured = count === 0 ? null : finite(ranked.valueAtRank(rankOf(rule.percentile, count)))
  const effectiveCount = interval?.effectiveCount ?? count
  const common = {
    rule: rule.rule,
    percentile: rule.percentile,
    count,
    effectiveCount,
    looks: look + 1,
    measured,
    interval:
      interval === null || interval.low === Infinity
        ? null
        : ([interval.low, finite(interval.high)] as const),
  }
  if (rule.rule === 'precise') {
    const halfWidth =
      measured === null || interval === null || interval.high === null
        ? null
        : finite((interval.high - interval.low) / 2 / measured)
    return {
      ...common,
      verdict: halfWidth !== null && halfWidth <= rule.halfWidth ? 'certified' : 'undecided',
      confidence: 0.95,
      limit: null,
      over: null,
      bound: common.interval?.[1] ?? null,
      halfWidth,
      // Intervals narrow with the square root of the number of requests.
      more: halfWidth === null ? null : moreFor(count, halfWidth / rule.halfWidth),
      independent: null,
    }
  }
  const confidence = lookConfidence(rule.confidence, look)
  const inflation =
    rule.dependence === 'measured' && effectiveCount > 0 ? Math.max(1, count / effectiveCount) : 1
  return rule.limit === null
    ? { ...common, ...withoutLimit(rule, ranked, confidence, inflation, measured) }
    : { ...common, ...againstLimit(rule, rule.limit, samples, confidence, inflation) }
}

type Judgement = Pick<
  Certificate,
  'verdict' | 'confidence' | 'limit' | 'over' | 'bound' | 'halfWidth' | 'more' | 'independent'
>
type CertifiedPlan = Extract<StopRulePlan, { readonly rule: 'certified' }>

function againstLimit(
  { percentile, confidence: plain }: CertifiedPlan,
  limit: Nanos,
  samples: Float64Array,
  confidence: number,
  inflation: number,
): Judgement {
  const { length: count } = samples
  let over = 0
  for (const sample of samples) if (sample > limit) over += 1
  const { verdict, needed } = judgeShare({
    // Requests that depend on each other count as fewer independent ones with the same share over the limit.
    over: over / inflation,
    count: count / inflation,
    allowed: (100 - percentile) / 100,
    confidence,
  })
  return {
    verdict,
    confidence: plain,
    limit,
    over,
    bound: null,
    halfWidth: null,
    more:
      verdict !== 'undecided'
        ? 0
        : needed === null
          ? null
          : Math.max(1, Math.ceil(needed * inflation - count)),
    independent: {
      verdict: certifyLimit({ percentile, confidence: plain, within: count - over, over }),
      clean: Math.max(0, withinNeeded(percentile, over, plain) - (count - over)),
      chance: chanceOfFewOver(count - over, over, percentile),
    },
  }
}

function withoutLimit(
  { percentile, confidence: plain, margin }: CertifiedPlan,
  ranked: OrderStatistics,
  confidence: number,
  inflation: number,
  measured: number | null,
): Judgement {
  const { count } = ranked
  const bound = boundOf(ranked, percentile, confidence, inflation)
  const gap = bound === null || measured === null ? null : bound / measured - 1
  const fewest = Math.ceil(fewestToEstimate(percentile, confidence) * inflation)
  return {
    verdict: gap !== null && gap <= margin ? 'certified' : 'undecided',
    confidence: plain,
    limit: null,
    over: null,
    bound,
    halfWidth: null,
    more: gap === null ? (count < fewest ? fewest - count : null) : moreFor(count, gap / margin),
    independent: {
      verdict: 'undecided',
      clean: Math.max(0, fewestToEstimate(percentile, plain) - count),
      chance: null,
      estimate: boundOf(ranked, percentile, plain, 1),
    },
  }
}

/** The sample that is certified to be no smaller than the percentile. */
function boundOf(
  ranked: OrderStatistics,
  percentile: number,
  confidence: number,
  inflation: number,
): number | null {
  const rank = certifiedRank(Math.floor(ranked.count / inflation), percentile, confidence)
  if (rank === null) return null
  return finite(ranked.valueAtRank(ranked.count - Math.floor(rank * inflation) + 1))
}

/** How many more requests it takes until something that falls with the square root of their number has shrunk by a factor. */
function moreFor(count: number, factor: number): number | null {
  return factor <= 1 ? 0 : finite(Math.ceil(count * (factor * factor - 1)))
}

function finite(value: number | null): number | null {
  return value !== null && value < Infinity ? value : null
}
