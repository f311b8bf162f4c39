import type { Scalar } from '../../dsl/matrix.ts'
import { caseName } from '../case-name.ts'
import type { ComparisonSettings } from '../comparison-settings.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'
import { DUEL_COLUMNS, judgeDuels, pairRepeats, type Duel } from './duels.ts'

/**
 * `versus` of a scenario: two of its cases compared directly, repeat by repeat. Repeats of one number ran near each
 * other and share their random numbers, so their differences are tested: the signed-rank test, and Hodges and Lehmann's
 * estimate for pairs. One table per scenario.
 */
export function compareVersus(result: RunResult, settings: ComparisonSettings): readonly AnalysisTable[] {
  const scenarios = Map.groupBy(result.cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].flatMap((cases) => {
    const duels = findDuels(cases, result)
    if (duels === null) return []
    return [tableOf(cases[0] as CaseResult, duels, result, settings)]
  })
}

/** `null` when the scenario has no `versus`. */
function findDuels(cases: readonly CaseResult[], result: RunResult): readonly Duel[] | null {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const trialsOf = (one: CaseResult): readonly Trial[] => one.trials.flatMap((id) => trials.get(id) ?? [])
  const versus = cases.flatMap(trialsOf)[0]?.plan.versus
  if (versus === undefined) return null
  return cases
    .filter((one) => agrees(one.case, versus.case))
    .flatMap((one) => {
      const wanted = { ...one.case, ...versus.against }
      const against = cases.find((candidate) => agrees(candidate.case, wanted))
      return against === undefined || against === one ? [] : [pairRepeats(one, against, trialsOf)]
    })
}

function agrees(at: Readonly<Record<string, Scalar>>, wanted: Readonly<Record<string, Scalar>>): boolean {
  return Object.entries(wanted).every(([axis, value]) => at[axis] === value)
}

function tableOf(
  scenario: CaseResult,
  duels: readonly Duel[],
  result: RunResult,
  settings: ComparisonSettings,
): AnalysisTable {
  const { rows, notes } = judgeDuels(duels, result, settings)
  const [only] = duels
  const single = duels.length === 1 && only !== undefined
  const name = scenario.path.join(' > ')
  return {
    name: 'versus',
    title: single
      ? `${name}: ${caseName(only.one.case)} against ${caseName(only.against.case)}`
      : `${name}: case against case`,
    columns: [
      ...(single
        ? []
        : [
            { name: 'case', unit: null },
            { name: 'against', unit: null },
          ]),
      ...DUEL_COLUMNS,
    ],
    rows: rows.map(({ duel, cells }) => [
      ...(single ? [] : [caseName(duel.one.case), caseName(duel.against.case)]),
      ...cells,
    ]),
    notes: [...(rows.length === 0 ? ['No case was measured that `versus` asks for.'] : []), ...notes],
  }
}
