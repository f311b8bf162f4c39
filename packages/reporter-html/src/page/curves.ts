import { densityTable, ecdfTable, survivalTable, timelineTable } from 'servebench/curves'
import { caseSample, distributionSample } from 'servebench/plugin'
import type { AnalysisTable, CaseResult, RunResult, Trial } from 'servebench/plugin'
import { caseName } from 'servebench/report'
import type { Curves } from './page-data.ts'

/** Repeats that stand over each other in the curves of a case; of more, what they have in common is all that can be seen. */
const MOST_REPEATS = 6
/** Of what is drawn: more digits cannot be seen, and would be most of the page. */
const DIGITS = 4

/**
 * What is drawn of each case and trial, by its id: how response times are distributed, over all repeats and in each of them;
 * and the trial over time. From windows and histograms: records are not read.
 */
export function curvesOf(result: RunResult): Curves {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  return Object.fromEntries([
    ...result.cases.map((one) => [
      one.id,
      caseCurves(
        one,
        one.trials.flatMap((id) => trials.get(id) ?? []),
      ).map(rounded),
    ]),
    ...result.trials
      .filter(({ windows }) => windows.length > 0)
      .map((trial) => [trial.id, [rounded(timelineTable(trial))]]),
  ])
}

function caseCurves(one: CaseResult, trials: readonly Trial[]): readonly AnalysisTable[] {
  const all = caseSample(one, trials.length === 1 ? caseName(one.case) || 'all' : 'all repeats')
  const repeats =
    trials.length < 2 || trials.length > MOST_REPEATS
      ? []
      : trials.flatMap(
          ({ repeat, responseTime, counts }) =>
            distributionSample(`repeat ${repeat + 1}`, responseTime, counts.due - counts.completed) ?? [],
        )
  if (all === null) return []
  const title = 'Response time'
  const samples = [all, ...repeats]
  const tables = [
    // Where repeats differ is seen in the distribution; a density of each takes long, and says it less clearly.
    densityTable([all], title),
    bandOf(all.name, ecdfTable(samples, title)),
    survivalTable(samples, title),
  ]
  // Of a few requests there is no density.
  return tables.filter(({ rows }) => rows.length > 0)
}

/** Bands over each other hide what they are around: only one of them stays. */
function bandOf(name: string, table: AnalysisTable): AnalysisTable {
  const bounds = table.columns.map((column) => column.name === 'low' || column.name === 'high')
  return {
    ...table,
    rows: table.rows.map((row) =>
      row[0] === name ? row : row.map((value, index) => (bounds[index] === true ? null : value)),
    ),
  }
}

function rounded(table: AnalysisTable): AnalysisTable {
  return {
    ...table,
    rows: table.rows.map((row) =>
      row.map((value) => (typeof value === 'number' ? Number(value.toPrecision(DIGITS)) : value)),
    ),
  }
}
