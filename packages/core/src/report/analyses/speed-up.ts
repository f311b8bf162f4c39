import type { Scalar } from '../../dsl/matrix.ts'
import { caseName } from '../case-name.ts'
import type { Plot } from '../plot.ts'
import type { AnalysisTable, RunResult, Trial } from '../result.ts'
import { axesOf, without } from './axis-series.ts'
import { namedTask } from './by-task.ts'
import {
  intervalNotes,
  MEDIAN,
  ratioOfCases,
  THROUGHPUT,
  type CaseRatio,
  type RatioMetric,
} from './case-ratio.ts'
import { energyPerItem } from './energy-of-trials.ts'
import { scenariosOf, streamCase, usersOf, type StreamCase } from './measured-scenarios.ts'

/** Axes whose values are things that run the same work. */
const CONTRASTS =
  /^(device|hardware|accelerator|processor|gpu|(execution[-_ ]?)?providers?|precision|d(ata)?type|quanti[sz]ation|server|backend|runtime|framework|engine|compiler|platform)$/i
const MODEL_AXIS = /^(model|family|network|architecture)$/i
/** What others are compared with, in this order of preference. */
const BASELINES = [/^cpu\b|^no$|^none$|^false$/i, /^(fp32|float32|f32)$/i] as const

/** A case against the one with another value of an axis. */
interface SpeedUp {
  readonly scenario: string
  readonly task: string | null
  /** The values of the other axes. */
  readonly rest: string
  readonly axis: string
  readonly value: string
  readonly against: string
  /** `null` where the load is offered, and throughput says nothing of speed. */
  readonly throughput: CaseRatio | null
  /** Median response time of the baseline over that of the case. */
  readonly response: CaseRatio | null
  readonly perJoule: number | null
}

/**
 * How much faster devices, providers, precisions or servers are than the first of them (or the CPU, or fp32) by task: for
 * every scenario with an axis of that name.
 */
export function analyseSpeedUps(result: RunResult): readonly AnalysisTable[] {
  const found = scenariosOf(result).flatMap(({ title, cases }) => {
    const trials = new Map(cases.map(({ one, repeats }) => [one.id, repeats]))
    return speedUpsOf(title, cases.flatMap(streamCase), (one) => trials.get(one.one.id) ?? [])
  })
  return [...Map.groupBy(found, ({ axis }) => axis).values()].map(tableOf)
}

function speedUpsOf(
  scenario: string,
  cases: readonly StreamCase[],
  trialsOf: (one: StreamCase) => readonly Trial[],
): readonly SpeedUp[] {
  return axesOf(cases.map(({ one }) => one))
    .filter((axis) => CONTRASTS.test(axis))
    .flatMap((axis) => {
      const values = [...new Set(cases.map(({ one }) => one.case[axis] as Scalar))]
      const base = baselineOf(values)
      const groups = Map.groupBy(cases, ({ one }) => caseName(without(one.case, axis)))
      return [...groups.values()].flatMap((group) => {
        const against = group.find(({ one }) => one.case[axis] === base)
        if (against === undefined) return []
        return group
          .filter((item) => item !== against)
          .map((item) => speedUpOf({ scenario, axis }, item, against, trialsOf))
          .filter(({ throughput, response }) => throughput !== null || response !== null)
      })
    })
}

function baselineOf(values: readonly Scalar[]): Scalar | undefined {
  for (const name of BASELINES) {
    const found = values.find((value) => name.test(String(value)))
    if (found !== undefined) return found
  }
  return values[0]
}

function speedUpOf(
  { scenario, axis }: Pick<SpeedUp, 'scenario' | 'axis'>,
  item: StreamCase,
  against: StreamCase,
  trialsOf: (one: StreamCase) => readonly Trial[],
): SpeedUp {
  const ratio = (metric: RatioMetric, one: StreamCase, other: StreamCase): CaseRatio | null =>
    ratioOfCases(one.one, other.one, (repeated) => trialsOf(repeated === one.one ? one : other), metric)
  const isClosed = [item, against].every(({ stream }) => usersOf(stream) !== null)
  const [energy, reference] = [energyPerItem(item.trials), energyPerItem(against.trials)]
  return {
    scenario,
    axis,
    task: taskOf(item),
    rest: caseName(without(item.one.case, axis)),
    value: String(item.one.case[axis]),
    against: String(against.one.case[axis]),
    throughput: isClosed ? ratio(THROUGHPUT, item, against) : null,
    response: ratio(MEDIAN, against, item),
    perJoule: energy === null || reference === null ? null : reference / energy,
  }
}

/** As the bench file names it, or what is known of the model says, or an axis of models. */
function taskOf({ trials, one }: StreamCase): string | null {
  const named = namedTask(one)
  if (named !== null) return named
  const known = Object.values(trials[0]?.static ?? {}).find(({ task }) => task !== null)
  if (known !== undefined) return known.task
  const [, value] = Object.entries(one.case).find(([axis]) => MODEL_AXIS.test(axis)) ?? []
  return value === undefined ? null : String(value)
}

type RatioName = 'throughput' | 'response'
const ENDS = { throughput: ['X low', 'X high'], response: ['R low', 'R high'] } as const

function tableOf(speedUps: readonly SpeedUp[]): AnalysisTable {
  const [{ axis }] = speedUps as readonly [SpeedUp]
  const labels = labelsOf(speedUps)
  const hasThroughput = speedUps.some(({ throughput }) => throughput !== null)
  const hasEnergy = speedUps.some(({ perJoule }) => perJoule !== null)
  const ratioColumns = (name: RatioName, description: string): AnalysisTable['columns'] => [
    { name, unit: '', description },
    { name: ENDS[name][0], unit: '', description: '95 % interval.' },
    { name: ENDS[name][1], unit: '' },
  ]
  return {
    name: 'speed-up',
    title: `Speed-up by ${axis}`,
    columns: [
      { name: 'task', unit: null },
      { name: axis, unit: null },
      { name: 'against', unit: null },
      ...(hasThroughput
        ? ratioColumns('throughput', 'Times the throughput of the one it is held against.')
        : []),
      ...ratioColumns('response', 'Its median response time ÷ this one’s: above 1 is faster.'),
      { name: 'repeats', unit: null },
      ...(hasEnergy ? [{ name: 'per joule', unit: '', description: 'Times the items per joule.' }] : []),
    ],
    rows: speedUps.map((one, index) => [
      labels[index] as string,
      one.value,
      one.against,
      ...(hasThroughput ? ratioCells(one.throughput) : []),
      ...ratioCells(one.response),
      one.response?.pairs ?? one.throughput?.pairs ?? 0,
      ...(hasEnergy ? [one.perJoule] : []),
    ]),
    notes: [
      'Ratios are geometric means over pairs of repeats, with Student’s t on their logarithms.',
      ...intervalNotes(speedUps.flatMap(({ throughput, response }) => [throughput, response])),
      ...(hasThroughput && speedUps.some(({ throughput }) => throughput === null)
        ? ['Where the load is offered, throughput says nothing of speed, and is left out.']
        : []),
    ],
    plots: plotsOf(axis, hasThroughput),
  }
}

function ratioCells(ratio: CaseRatio | null): readonly (number | null)[] {
  return [ratio?.value ?? null, ratio?.interval?.[0] ?? null, ratio?.interval?.[1] ?? null]
}

/** The shortest names that tell the cases of each value apart: the task, with its axes, with its scenario. */
function labelsOf(speedUps: readonly SpeedUp[]): readonly string[] {
  const join = (...parts: readonly (string | null)[]): string =>
    parts.filter((part) => part !== null && part !== '').join(', ')
  const kinds = [
    ({ task, scenario }: SpeedUp) => task ?? scenario,
    ({ rest, scenario }: SpeedUp) => (rest === '' ? scenario : rest),
    ({ task, rest, scenario }: SpeedUp) => join(task ?? scenario, rest),
  ]
  for (const label of kinds) {
    const labels = speedUps.map(label)
    const distinct = new Set(speedUps.map((one, index) => JSON.stringify([labels[index], one.value]))).size
    if (distinct === speedUps.length) return labels
  }
  return speedUps.map(({ scenario, rest }) => join(scenario, rest))
}

function plotsOf(axis: string, hasThroughput: boolean): readonly Plot[] {
  const plot = (name: RatioName, title: string): Plot => ({
    name,
    title,
    x: { title: 'task', unit: null, scale: 'category' },
    y: { title: 'times as fast', unit: null, scale: 'linear' },
    layers: [{ mark: 'bars', x: 'task', y: name, low: ENDS[name][0], high: ENDS[name][1], group: axis }],
    notes: ['1 is as fast as what it is held against.'],
  })
  return [
    ...(hasThroughput ? [plot('throughput', `Throughput by ${axis}, over that of the baseline`)] : []),
    plot('response', `Speed by ${axis}: median response time of the baseline over that of the case`),
  ]
}
