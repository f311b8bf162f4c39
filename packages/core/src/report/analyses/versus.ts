import type { Scalar } from '../../dsl/matrix.ts'
import type { VersusPlan } from '../../plan/trial-plan.ts'
import { caseName } from '../case-name.ts'
import type { ComparisonSettings } from '../comparison-settings.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'
import { describeUnpaired, DUEL_COLUMNS, isPaired, judgeDuels, pairRepeats, type Duel } from './duels.ts'

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
    const table = tableOf(cases[0] as CaseResult, versus, all.filter(isPaired), result, settings)
    const unpaired = all.filter((duel) => !isPaired(duel))
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
  // What was left out on purpose is no opponent, and misses none.
  const isSkipped = (one: CaseResult): boolean => trialsOf(one).every(({ state }) => state === 'skipped')
  return cases
    .filter((one) => !isSkipped(one))
    .filter((one) =>
      versus.case === undefined ? !agrees(one.case, versus.against) : agrees(one.case, versus.case),
    )
    .flatMap((one) => {
      const wanted = { ...one.case, ...versus.against }
      const against = cases.find((candidate) => agrees(candidate.case, wanted))
      return against === undefined || against === one || isSkipped(against)
        ? []
        : [pairRepeats(one, against, trialsOf)]
    })
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
  const { rows, notes } = judgeDuels(duels, result, settings)
  const [only] = duels
  const single = duels.length === 1 && only !== undefined
  const name = scenario.path.join(' > ')
  // What all rows have in common stands in the title.
  const wanted = versus.case === undefined ? 'every case' : caseName(versus.case)
  return {
    name: 'versus',
    title: single
      ? `${name}: ${caseName(only.one.case)} against ${caseName(only.against.case)}`
      : `${name}: ${wanted} against ${caseName(versus.against)}`,
    columns: [...(single ? [] : [{ name: 'case', unit: null }]), ...DUEL_COLUMNS],
    rows: rows.map(({ duel, cells }) => [
      ...(single ? [] : [caseName(without(duel.one.case, versus.case))]),
      ...cells,
    ]),
    notes: [...(rows.length === 0 ? ['No case was measured that `versus` asks for.'] : []), ...notes],
  }
}

/** The values of a case that those of all rows do not say. */
function without(at: CaseResult['case'], named: VersusPlan['case'] = {}): CaseResult['case'] {
  return Object.fromEntries(Object.entries(at).filter(([axis]) => named[axis] === undefined))
}
