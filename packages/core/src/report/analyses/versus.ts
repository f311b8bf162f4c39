import type { Scalar } from '../../dsl/matrix.ts'
import type { VersusPlan } from '../../plan/trial-plan.ts'
import { caseName } from '../case-name.ts'
import { testChange } from '../change-test.ts'
import type { ComparisonSettings, JudgedMetricName } from '../comparison-settings.ts'
import { judgeChanges, type ChangeVerdict, type MetricJudgement } from '../judge-change.ts'
import { JUDGED_METRICS } from '../judged-metrics.ts'
import { formatQuantity } from '../quantity.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'

/** Two cases of a scenario side by side. */
interface Duel {
  readonly one: CaseResult
  readonly against: CaseResult
  /** Valid repeats of both, paired by their number. */
  readonly base: readonly Trial[]
  readonly other: readonly Trial[]
}

/**
 * `versus` of a scenario: two of its cases compared directly, repeat by repeat. Repeats of one number ran near each
 * other and share their random numbers, so their differences are tested: the signed-rank test, and Hodges and Lehmann's
 * estimate for pairs. One table per scenario.
 */
export function compareVersus(result: RunResult, settings: ComparisonSettings): readonly AnalysisTable[] {
  const scenarios = Map.groupBy(result.cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].flatMap((cases) => {
    const versus = findVersus(cases, result)
    if (versus === undefined) return []
    const all = findDuels(cases, versus, result)
    const duels = all.filter(({ base }) => base.length > 0)
    const table = tableOf(cases[0] as CaseResult, versus, duels, result, settings)
    const unpaired = all.filter((duel) => !duels.includes(duel))
    return [{ ...table, notes: [...table.notes, ...unpaired.map(describeUnpaired)] }]
  })
}

/** What the scenario compares, if anything. */
function findVersus(cases: readonly CaseResult[], { trials }: RunResult): VersusPlan | undefined {
  const ids = new Set(cases.flatMap((one) => one.trials))
  return trials.find(({ id }) => ids.has(id))?.plan.versus
}

function findDuels(cases: readonly CaseResult[], versus: VersusPlan, result: RunResult): readonly Duel[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const trialsOf = (one: CaseResult): readonly Trial[] => one.trials.flatMap((id) => trials.get(id) ?? [])
  return cases
    .filter((one) =>
      versus.case === undefined ? !agrees(one.case, versus.against) : agrees(one.case, versus.case),
    )
    .flatMap((one) => {
      const wanted = { ...one.case, ...versus.against }
      const against = cases.find((candidate) => agrees(candidate.case, wanted))
      if (against === undefined || against === one) return []
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
      return [{ one, against, base: pairs.map(([base]) => base), other: pairs.map(([, other]) => other) }]
    })
}

function describeUnpaired({ one, against }: Duel): string {
  return `${caseName(one.case)} is left out: no repeat is valid both of it and of ${caseName(against.case)}.`
}

function agrees(at: Readonly<Record<string, Scalar>>, wanted: Readonly<Record<string, Scalar>>): boolean {
  return Object.entries(wanted).every(([axis, value]) => at[axis] === value)
}

function tableOf(
  scenario: CaseResult,
  versus: VersusPlan,
  duels: readonly Duel[],
  result: RunResult,
  settings: ComparisonSettings,
): AnalysisTable {
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
  const [only] = duels
  const single = duels.length === 1 && only !== undefined
  // All are compared with their own case of the same values: named once.
  const common = versus.case === undefined
  const name = scenario.path.join(' > ')
  const rows = tests.map(({ duel, judged }, index) => {
    const judgement = judgements[index] as MetricJudgement
    const show = (values: readonly (number | null)[]): string =>
      formatQuantity(median(values), UNITS[judged.metric])
    return [
      ...(single ? [] : [caseName(duel.one.case)]),
      ...(single || common ? [] : [caseName(duel.against.case)]),
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
  })
  const open = judgements.filter(({ verdict }) => verdict === 'inconclusive')
  return {
    name: 'versus',
    title: single
      ? `${name}: ${caseName(only.one.case)} against ${caseName(only.against.case)}`
      : `${name}: ${common ? `every case against ${caseName(versus.against)}` : 'case against case'}`,
    columns: [
      ...(single ? [] : [{ name: 'case', unit: null }, ...(common ? [] : [{ name: 'against', unit: null }])]),
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
    ],
    rows,
    notes: [
      ...(rows.length === 0 ? ['No case was measured that `versus` asks for.'] : []),
      ...new Set(open.map(({ metric, reason }) => `${metric} is inconclusive: ${reason}`)),
      ...duels.flatMap((duel) => orderNote(duel, result)),
    ],
  }
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
