import { caseName } from '../case-name.ts'
import { testChange } from '../change-test.ts'
import type { ComparisonSettings, JudgedMetricName } from '../comparison-settings.ts'
import { judgeChanges, type ChangeVerdict, type MetricJudgement } from '../judge-change.ts'
import { JUDGED_METRICS } from '../judged-metrics.ts'
import { formatQuantity } from '../quantity.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'

/** Two cases of a scenario side by side. */
export interface Duel {
  readonly one: CaseResult
  readonly against: CaseResult
  /** Valid repeats of both, paired by their number. */
  readonly base: readonly Trial[]
  readonly other: readonly Trial[]
}

type Column = AnalysisTable['columns'][number]
type Cell = AnalysisTable['rows'][number][number]

/** What a table says of each duel and metric. */
export const DUEL_COLUMNS: readonly Column[] = [
  { name: 'metric', unit: null },
  { name: 'value', unit: null, description: 'Median of the repeats of the case.' },
  { name: 'opponent', unit: null, description: 'Median of the repeats of the case it is compared with.' },
  {
    name: 'ratio',
    unit: null,
    description: 'value ÷ opponent (errorRate: difference), Hodges–Lehmann over pairs of repeats.',
  },
  { name: 'low', unit: null, description: 'Exact interval of the ratio, by signed ranks.' },
  { name: 'high', unit: null },
  { name: 'p', unit: null, description: 'Signed-rank test, by Holm over all rows of the table.' },
  { name: 'pairs', unit: null, description: 'Repeats that are valid on both sides.' },
  { name: 'verdict', unit: null, description: 'better, worse, equivalent or inconclusive.' },
]

export interface DuelRow {
  readonly duel: Duel
  /** As {@link DUEL_COLUMNS} say. */
  readonly cells: readonly Cell[]
}

/** Pairs the repeats of two cases by their number: those ran near each other and share their random numbers. */
export function pairRepeats(
  one: CaseResult,
  against: CaseResult,
  trialsOf: (one: CaseResult) => readonly Trial[],
): Duel {
  const valid = (trial: Trial): boolean => trial.verdict.validity !== 'invalid'
  const opponents = new Map(
    trialsOf(against)
      .filter(valid)
      .map((trial) => [trial.repeat, trial]),
  )
  const pairs = trialsOf(one)
    .filter(valid)
    .flatMap((trial) => {
      const opponent = opponents.get(trial.repeat)
      return opponent === undefined ? [] : [[opponent, trial] as const]
    })
  return { one, against, base: pairs.map(([base]) => base), other: pairs.map(([, other]) => other) }
}

/** Whether there is anything to compare. */
export function isPaired({ base }: Duel): boolean {
  return base.length > 0
}

export function describeUnpaired({ one, against }: Duel): string {
  return `${caseName(one.case)} is left out: no repeat is valid both of it and of ${caseName(against.case)}.`
}

/** All duels of one table, whose tests belong together. */
export function judgeDuels(
  duels: readonly Duel[],
  result: RunResult,
  settings: ComparisonSettings,
): { readonly rows: readonly DuelRow[]; readonly notes: readonly string[] } {
  const tests = duels.flatMap((duel) =>
    JUDGED_METRICS.filter(({ applies }) => [...duel.base, ...duel.other].every(applies)).map((judged) => ({
      duel,
      judged,
      test: testChange(judged, { base: duel.base, other: duel.other, samples: 'pairs', seed: '' }, settings),
    })),
  )
  const judgements = judgeChanges(
    tests.map(({ test }) => test),
    settings,
  )
  const rows = tests.map(({ duel, judged }, index): DuelRow => {
    const judgement = judgements[index] as MetricJudgement
    const show = (values: readonly (number | null)[]): string =>
      formatQuantity(median(values), UNITS[judged.metric])
    const cells = [
      judged.metric,
      show(duel.other.map(judged.read)),
      show(duel.base.map(judged.read)),
      judgement.estimate,
      judgement.interval?.[0] ?? null,
      judgement.interval?.[1] ?? null,
      judgement.adjustedP,
      duel.base.length,
      WORDS[judgement.verdict],
    ]
    return { duel, cells }
  })
  const open = judgements.flatMap((judgement, index) =>
    judgement.verdict === 'inconclusive'
      ? [{ judgement, duel: (tests[index] as { readonly duel: Duel }).duel }]
      : [],
  )
  return {
    rows,
    notes: [...describeOpen(open), ...duels.flatMap((duel) => orderNote(duel, result))],
  }
}

/** Each reason once, with the metrics that it is of. */
function describeOpen(open: readonly OpenDuel[]): readonly string[] {
  const reasons = Map.groupBy(open, ({ judgement: { reason, neededRepeats }, duel }) =>
    // The change itself differs from row to row, and stands there.
    duel.base.length > 1
      ? reason
      : `One repeat says nothing about the next run: at least ${neededRepeats} are needed.`,
  )
  return [...reasons].map(([reason, group]) => {
    const metrics = [...new Set(group.map(({ judgement }) => judgement.metric))].join(', ')
    return `Inconclusive: ${metrics}. ${reason}`
  })
}

interface OpenDuel {
  readonly judgement: MetricJudgement
  readonly duel: Duel
}

const UNITS: Readonly<Record<JudgedMetricName, string>> = {
  'responseTime.p50': 'ns',
  'responseTime.p99': 'ns',
  throughput: '1/s',
  goodput: '1/s',
  errorRate: '1',
}

const WORDS: Readonly<Record<ChangeVerdict, string>> = {
  regression: 'worse',
  improvement: 'better',
  equivalent: 'equivalent',
  inconclusive: 'inconclusive',
}

/** Pairs stand for equal conditions only when they ran in turn. */
function orderNote({ one, against, base, other }: Duel, { run }: RunResult): readonly string[] {
  const places = new Map((run.order?.trials ?? []).map((id, place) => [id, place]))
  const placesOf = (trials: readonly Trial[]): readonly number[] =>
    trials.flatMap((trial) => places.get(trial.id) ?? [])
  const [a, b] = [placesOf(base), placesOf(other)]
  if (a.length < 2 || b.length < 2) return []
  const inTurn = Math.max(...a) > Math.min(...b) && Math.max(...b) > Math.min(...a)
  if (inTurn) return []
  return [
    `All repeats of ${caseName(one.case)} ran before or after all of ${caseName(against.case)}: a drift of the machine looks like a difference. Set interleave: 'across-servers'.`,
  ]
}

function median(values: readonly (number | null)[]): number | null {
  const sorted = values.filter((value) => value !== null).toSorted((a, b) => a - b)
  if (sorted.length === 0) return null
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
