import type { AnalysisTable } from 'servebench/plugin'
import type { ModelProfile, OperatorTime } from './read-profile.ts'

/** Of thousands of operators, those that matter. */
const MOST_ROWS = 25

/** The operators of a model by the time that they took, and the same by their type. */
export function profileTables(model: string, { operators, runs, runTime }: ModelProfile): AnalysisTable[] {
  const all = [...operators.values()]
  if (all.length === 0) return []
  const total = all.reduce((sum, operator) => sum + operator.total, 0)
  const sorted = all.toSorted((a, b) => b.total - a.total)
  const row = ({ count, total: own, longest }: Omit<OperatorTime, 'node' | 'type' | 'provider'>) => [
    count,
    own,
    total === 0 ? null : own / total,
    own / count,
    longest,
  ]
  const left = sorted.length - MOST_ROWS
  const numbers = [
    { name: 'calls', unit: null },
    { name: 'total', unit: 'ns' },
    { name: 'share', unit: '1', description: 'Of the time of all operators.' },
    { name: 'mean', unit: 'ns' },
    { name: 'longest', unit: 'ns' },
  ]
  return [
    {
      name: `operators-${model}`,
      title: `ONNX Runtime: operators of ${model}`,
      columns: [
        { name: 'operator', unit: null },
        { name: 'type', unit: null },
        { name: 'provider', unit: null },
        ...numbers,
      ],
      rows: sorted
        .slice(0, MOST_ROWS)
        .map((operator) => [operator.node, operator.type, providerName(operator.provider), ...row(operator)]),
      notes: [
        `${runs} executions, of which operators took ${runTime === 0 ? 'an unknown share' : `${((100 * total) / runTime).toFixed(1)} %`}.`,
        ...(left > 0 ? [`${left} further operators are only in the files.`] : []),
        'The whole trial counts, with its warm-up. Profiling itself takes time, most of all of small operators.',
      ],
    },
    {
      name: `operator-types-${model}`,
      title: `ONNX Runtime: types of operators of ${model}`,
      columns: [{ name: 'type', unit: null }, ...numbers],
      rows: [...Map.groupBy(sorted, ({ type }) => type)]
        .map(([type, group]) => ({
          type,
          count: group.reduce((sum, { count }) => sum + count, 0),
          total: group.reduce((sum, operator) => sum + operator.total, 0),
          longest: Math.max(...group.map(({ longest }) => longest)),
        }))
        .sort((a, b) => b.total - a.total)
        .map((group) => [group.type, ...row(group)]),
      notes: [],
    },
  ]
}

/** `CPUExecutionProvider` is `CPU`. */
function providerName(provider: string): string {
  return provider.replace(/ExecutionProvider$/, '')
}
