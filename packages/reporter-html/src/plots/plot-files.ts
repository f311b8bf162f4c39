import { timelineTable } from 'servebench/curves'
import type { AnalysisTable, Plot } from 'servebench/curves'
import { scenarioCurves } from 'servebench/plugin'
import type { RunResult } from 'servebench/plugin'

export interface PlotFile {
  /** Without its ending; may name a folder. */
  readonly file: string
  readonly table: AnalysisTable
  readonly plot: Plot
}

/** Every plot of a run with the name of its file: those of analyses, of the distributions of each scenario, of trials over time. */
export function* plotFiles(result: RunResult, timelines: boolean): Generator<PlotFile> {
  const taken = new Set<string>()
  const tables = [...result.analyses, ...scenarioCurves(result)]
  const names = Map.groupBy(tables, ({ name }) => slug(name))
  for (const table of tables) {
    // Several tables of one name are of several scenarios, which their titles say.
    const of = (names.get(slug(table.name))?.length ?? 0) > 1 ? `-${slug(table.title)}` : ''
    for (const plot of table.plots ?? []) {
      const name = table.name === plot.name ? slug(plot.name) : `${slug(table.name)}-${slug(plot.name)}`
      yield { file: free(`${name}${of}`, taken), table, plot }
    }
  }
  if (!timelines) return
  for (const trial of result.trials) {
    const table = timelineTable(trial)
    for (const plot of table.plots ?? [])
      yield { file: free(`trials/${slug(trial.id)}-${slug(plot.name)}`, taken), table, plot }
  }
}

/** As a part of a file name: what others have named must not become a path. */
function slug(name: string): string {
  const safe = name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return safe === '' ? 'plot' : Array.from(safe).slice(0, 60).join('')
}

function free(name: string, taken: Set<string>): string {
  let result = name
  for (let next = 2; taken.has(result); next++) result = `${name}-${next}`
  taken.add(result)
  return result
}
