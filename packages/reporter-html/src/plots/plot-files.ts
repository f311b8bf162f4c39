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
  const names = Map.groupBy(tables, ({ name }) => name)
  for (const table of tables) {
    const subject = subjectOf(table, names.get(table.name) ?? [])
    // Tables that are there for their plots are called so.
    const own = table.name.replace(/-plots?$/, '')
    for (const plot of table.plots ?? []) {
      const parts = [own, ...(plot.name === own ? [] : [plot.name]), ...(subject === '' ? [] : [subject])]
      yield { file: free(parts.map(slug).join('-'), taken), table, plot }
    }
  }
  if (!timelines) return
  for (const trial of result.trials) {
    const table = timelineTable(trial)
    for (const plot of table.plots ?? [])
      yield { file: free(`trials/${slug(trial.id)}-${slug(plot.name)}`, taken), table, plot }
  }
}

/** Several tables of one name are of several scenarios, which the beginnings of their titles say, or else the whole. */
function subjectOf({ title }: AnalysisTable, namesakes: readonly AnalysisTable[]): string {
  if (namesakes.length < 2) return ''
  const beginning = (text: string): string => text.split(': ', 1)[0] ?? ''
  const same = namesakes.filter((other) => beginning(other.title) === beginning(title))
  return same.length === 1 ? beginning(title) : title
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
