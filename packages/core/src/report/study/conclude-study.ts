import {
  judgeLeaders,
  pairedDifference,
  type PairedDifference,
} from '../../stats/comparison/judge-leaders.ts'
import { caseName } from '../case-name.ts'
import { formatNanos, formatNumber, formatShare } from '../quantity.ts'
import { paretoFront, paretoMetrics } from './pareto.ts'
import { bestLoad, evidenceOf, mean, meritOf, type LoadEvidence } from './point-evidence.ts'
import { sensitivityOf } from './sensitivity.ts'
import { gainOf, NORMAL_975, repeatedDeviation, scoreDeviation, scoreOf } from './study-metric.ts'
import { violationOf } from './violation.ts'
import type { StudyHeader, StudyMeasurement, StudyOutcome, StudyPoint, StudyResult } from './study-result.ts'

/** What follows from the measurements of a study so far; also while it runs, and of one that was killed. */
export function concludeStudy(
  header: StudyHeader,
  measurements: readonly StudyMeasurement[],
  over = true,
): StudyResult {
  const { objectives, confirm } = header.plan
  const asGain = (difference: number): number => gainOf(objectives, difference)
  const byPoint = Map.groupBy(measurements.keys(), (index) => (measurements[index] as StudyMeasurement).point)
  const evidence = new Map<string, LoadEvidence | null>()
  for (const [point, indices] of byPoint)
    evidence.set(point, bestLoad(evidenceOf(objectives, measurements, indices)))
  const rounds = confirmRounds(header, measurements)
  const base = evidence.get(header.baseline) ?? null
  // Only those that keep the constraints can win.
  const able = rounds.filter(({ feasible, answered }) => feasible && answered)
  const judged =
    able.length === 0
      ? null
      : judgeLeaders(
          able.map(({ scores }) => scores),
          confirm.confidence,
          (one, other) => repeatedBetween(able[one] as Leader, able[other] as Leader),
        )
  const names = paretoMetrics(objectives)
  const points = [...byPoint].map(([id, indices]): StudyPoint => {
    const best = evidence.get(id) ?? null
    const index = best?.measurements.at(-1) ?? null
    const first = measurements[indices[0] as number] as StudyMeasurement
    const difference =
      id === header.baseline ? null : differenceOf(header, measurements, rounds, best, id, base)
    return {
      id,
      name: caseName(first.configuration),
      configuration: first.configuration,
      measurements: indices,
      best: best?.score === null ? null : index,
      feasible: best !== null && best.score !== null && best.violation <= 0,
      score: best?.score ?? null,
      gain: difference === null ? null : asGain(difference.mean),
      gainInterval:
        difference === null || difference.interval === null
          ? null
          : [asGain(difference.interval[0]), asGain(difference.interval[1])],
      error:
        best?.score == null
          ? (indices.map((at) => measurements[at]?.error ?? null).find((error) => error !== null) ?? null)
          : null,
      pareto: false,
    }
  })
  const front = paretoFront(points, measurements, names)
  const marked = points.map((point) => ({ ...point, pareto: front.has(point.id) }))
  const { outcome, message, best } = outcomeOf(
    header,
    marked,
    measurements,
    judged,
    able,
    rounds.length,
    over,
  )
  return {
    ...header,
    outcome,
    message,
    best,
    leaders: rounds.map((leader) => ({
      point: leader.point,
      load: leader.load,
      rounds: leader.scores.filter((score) => score !== null).length,
      feasible: leader.feasible,
      behind: behindOf(judged?.differences[able.indexOf(leader)] ?? null, asGain),
    })),
    pareto: names,
    sensitivity: sensitivityOf(header.plan, marked),
    points: marked,
    measurements,
  }
}

interface Leader {
  readonly point: string
  readonly load: number | null
  /** By round. */
  readonly scores: readonly (number | null)[]
  readonly feasible: boolean
  /** It has completed requests in one round at least. */
  readonly answered: boolean
  /** Standard deviation of the score that all rounds share. */
  readonly repeated: number
  /** What its answers were scored for; `null` where they were not. */
  readonly answers: string | null
}

function confirmRounds({ plan }: StudyHeader, measurements: readonly StudyMeasurement[]): readonly Leader[] {
  const confirmed = measurements.filter(({ purpose }) => purpose === 'confirm')
  const rounds = 1 + Math.max(-1, ...confirmed.map(({ round }) => round ?? 0))
  return [...Map.groupBy(confirmed, ({ point }) => point)].map(([point, own]) => ({
    point,
    load: own[0]?.load ?? null,
    scores: Array.from({ length: rounds }, (_, round) => {
      const measured = own.find((one) => one.round === round)
      return measured === undefined || measured.validity === 'invalid'
        ? null
        : scoreOf(plan.objectives, measured.metrics)
    }),
    feasible: mean(own.map(({ violation }) => violation)) <= 0,
    answered: own.some(({ metrics }) => (metrics['completed'] ?? 0) > 0),
    repeated: Math.max(...own.map((measurement) => repeatedDeviation(plan.objectives, measurement))),
    answers: own.at(-1)?.quality?.key ?? null,
  }))
}

function behindOf(
  difference: PairedDifference | null,
  asGain: (difference: number) => number,
): readonly [number, number, number] | null {
  if (difference === null) return null
  const [low, high] = difference.interval
  return [asGain(difference.mean), asGain(low), asGain(high)]
}

/**
 * What the difference of two leaders is uncertain by that all rounds have in common: their answers were scored once, and
 * those of equal variants together.
 */
function repeatedBetween(one: Leader, other: Leader): number {
  if (one.answers !== null && one.answers === other.answers) return 0
  return Math.hypot(one.repeated, other.repeated)
}

interface Difference {
  readonly mean: number
  readonly interval: readonly [number, number] | null
}

/** Score over that of the baseline. */
function differenceOf(
  { plan, baseline }: StudyHeader,
  measurements: readonly StudyMeasurement[],
  leaders: readonly Leader[],
  best: LoadEvidence | null,
  id: string,
  base: LoadEvidence | null,
): Difference | null {
  const own = leaders.find(({ point }) => point === id)
  const against = leaders.find(({ point }) => point === baseline)
  if (own !== undefined && against !== undefined) {
    const { confidence } = plan.confirm
    const paired = pairedDifference(own.scores, against.scores, confidence, repeatedBetween(own, against))
    if (paired !== null) return paired
  }
  if (best?.score == null || base?.score == null) return null
  const difference = best.score - base.score
  const [one, other] = [best, base].map((evidence) => deviationOf(plan.objectives, measurements, evidence))
  if (one == null || other == null) return { mean: difference, interval: null }
  const half = NORMAL_975 * Math.hypot(one, other)
  return { mean: difference, interval: [difference - half, difference + half] }
}

/** Of the mean over measurements; what they repeat stays as it is. */
function deviationOf(
  objectives: StudyHeader['plan']['objectives'],
  measurements: readonly StudyMeasurement[],
  evidence: LoadEvidence,
): number | null {
  const own = evidence.measurements.map((index) => measurements[index] as StudyMeasurement)
  const deviations = own.map((measurement) => scoreDeviation(objectives, measurement))
  if (deviations.includes(null)) return null
  const repeated = Math.max(...own.map((measurement) => repeatedDeviation(objectives, measurement)))
  const others = (deviations as number[]).map((deviation) =>
    Math.sqrt(Math.max(0, deviation * deviation - repeated * repeated)),
  )
  return Math.hypot(repeated, Math.hypot(...others) / others.length)
}

function outcomeOf(
  header: StudyHeader,
  points: readonly StudyPoint[],
  measurements: readonly StudyMeasurement[],
  judged: ReturnType<typeof judgeLeaders> | null,
  leaders: readonly Leader[],
  measuredAgain: number,
  over: boolean,
): Pick<StudyResult, 'outcome' | 'message' | 'best'> {
  const ranked = points
    .filter(({ feasible }) => feasible)
    .toSorted((one, other) => meritOf(asEvidence(other)) - meritOf(asEvidence(one)))
  const running = header.state === 'running'
  const found = (outcome: StudyOutcome, message: string, best: readonly string[]) => ({
    outcome: running ? (over ? ('interrupted' as const) : ('running' as const)) : outcome,
    message,
    best,
  })
  const nameOf = (id: string): string => points.find((point) => point.id === id)?.name ?? id
  if (points.every(({ score }) => score === null)) {
    const error = points.find((point) => point.error !== null)?.error
    const why =
      error?.message ??
      header.notes.at(0) ??
      (points.length === 0 ? 'Nothing was measured.' : 'What is aimed at was not measured.')
    return found('failed', why, [])
  }
  const [first] = ranked
  if (first === undefined) return found('infeasible', nearestOf(points, measurements), [])
  const unknown =
    judged?.differences.some((difference, index) => difference === null && index !== judged.best) ?? false
  if (judged === null || judged.best === null || unknown) {
    return found(
      'unconfirmed',
      `${first.name} looks best${gainText(header, first)}; ${
        leaders.length === 0
          ? 'it was not measured again to make sure'
          : 'too few of the rounds that compare it with others could be used'
      }.`,
      [first.id],
    )
  }
  const ids = judged.tied.map((index) => (leaders[index] as Leader).point)
  const best = (leaders[judged.best] as Leader).point
  const order = [best, ...ids.filter((id) => id !== best)]
  const winner = points.find(({ id }) => id === best) as StudyPoint
  if (ids.length === 1) {
    const name = best === header.baseline ? `The default, ${winner.name},` : winner.name
    // What it is compared with may be faster, and is out.
    const alone = leaders.length === 1 && measuredAgain > 1
    const why = alone ? ': only it kept the constraints when the leaders were measured again' : ''
    return found('winner', `${name} is best${gainText(header, winner)}${why}.`, order)
  }
  const others = order.slice(1).map(nameOf).join(' and ')
  const message = order.includes(header.baseline)
    ? `No configuration is certainly better than the default, ${nameOf(header.baseline)}: what sets the best apart (${order
        .filter((id) => id !== header.baseline)
        .map(nameOf)
        .join(' and ')}) is within what chance does.`
    : `${winner.name} and ${others} tie${gainText(header, winner)}: what sets them apart is within what chance does.`
  return found('tie', message, order)
}

function asEvidence({ score, feasible }: StudyPoint): Pick<LoadEvidence, 'score' | 'violation'> {
  return { score, violation: feasible ? 0 : 1 }
}

function signed(share: number): string {
  return `${share >= 0 ? '+' : '−'}${formatShare(Math.abs(share))}`
}

/** `, throughput +32 % [28 %, 37 %] against the default` */
function gainText({ plan }: StudyHeader, { gain, gainInterval }: StudyPoint): string {
  if (gain === null) return ''
  const what = plan.objectives.length === 1 ? (plan.objectives[0]?.metric ?? '') : 'weighted gain'
  const interval = gainInterval === null ? '' : ` [${signed(gainInterval[0])}, ${signed(gainInterval[1])}]`
  // For what should be low, a gain is the factor by which it fell.
  return `, ${what}: gain ${signed(gain)}${interval} against the default`
}

/** The configuration that misses the constraints least, and by what. */
function nearestOf(points: readonly StudyPoint[], measurements: readonly StudyMeasurement[]): string {
  let nearest: { point: StudyPoint; measurement: StudyMeasurement } | null = null
  for (const point of points) {
    const measurement = point.best === null ? undefined : measurements[point.best]
    if (measurement === undefined) continue
    if (nearest === null || measurement.violation < nearest.measurement.violation)
      nearest = { point, measurement }
  }
  if (nearest === null) return 'No configuration keeps the constraints.'
  const { point, measurement } = nearest
  const missed = measurement.terms
    .filter((term) => violationOf(term) > 0)
    .map(({ term, limit, measured, reason }) => {
      const format = /responseTime|serviceTime|firstByte|messageGap/.test(term) ? formatNanos : formatNumber
      if (measured === null) return `${term} was not measured${reason === null ? '' : ` (${reason})`}`
      const off = limit > 0 ? ` (${signed(measured / limit - 1)})` : ''
      return `${term} ${format(measured)} where the limit is ${format(limit)}${off}`
    })
  const errors = measurement.metrics['errorRate'] ?? 0
  if (missed.length === 0 && errors > 0) missed.push(`${formatShare(errors)} of the requests failed`)
  const at = measurement.load === null ? '' : ` at a load of ${measurement.load}`
  return `No configuration keeps the constraints; the nearest is ${point.name}${at}: ${missed.join(', ')}.`
}
