import type { AnalysisTable } from '../report/result.ts'

/** What an operator of a model's graph has done; nanoseconds. */
export interface OperatorTime {
  /** Its name in the graph. */
  readonly name: string
  /** For example `MatMul`. */
  readonly type: string
  /** What has executed it, for example `CPU`. */
  readonly place: string
  count: number
  total: number
  longest: number
}

export interface OperatorTablesOptions {
  /** Of the profiler: `ONNX Runtime`. */
  readonly profiler: string
  /** `null` where the profiler tells of all models of a server together. */
  readonly model: string | null
  /** What {@link OperatorTime.place} is called there. */
  readonly place: string
  readonly notes: readonly string[]
}

/** Of thousands of operators, those that matter. */
const MOST_ROWS = 25

/** Operators by the time that they took, and the same by their type; none without operators. */
export function operatorTables(
  operators: Iterable<OperatorTime>,
  { profiler, model, place, notes }: OperatorTablesOptions,
): AnalysisTable[] {
  const sorted = [...operators].sort((a, b) => b.total - a.total)
  if (sorted.length === 0) return []
  const total = sorted.reduce((sum, operator) => sum + operator.total, 0)
  const row = ({ count, total: own, longest }: Pick<OperatorTime, 'count' | 'total' | 'longest'>) => [
    count,
    own,
    total === 0 ? null : own / total,
    own / count,
    longest,
  ]
  const left = sorted.length - MOST_ROWS
  const suffix = model === null ? '' : `-${model}`
  const of = model === null ? '' : ` of ${model}`
  const numbers = [
    { name: 'calls', unit: null },
    { name: 'total', unit: 'ns' },
    { name: 'share', unit: '1', description: 'Of the time of all operators.' },
    { name: 'mean', unit: 'ns' },
    { name: 'longest', unit: 'ns' },
  ]
  return [
    {
      name: `operators${suffix}`,
      title: `${profiler}: operators${of}`,
      columns: [
        { name: 'operator', unit: null },
        { name: 'type', unit: null },
        { name: place, unit: null },
        ...numbers,
      ],
      rows: sorted
        .slice(0, MOST_ROWS)
        .map((operator) => [operator.name, operator.type, operator.place, ...row(operator)]),
      notes: [
        ...notes,
        ...(left > 0 ? [`${left} further operators are only in the files.`] : []),
        'The whole trial counts, with its warm-up. Profiling itself takes time, most of all of small operators.',
      ],
    },
    {
      name: `operator-types${suffix}`,
      title: `${profiler}: types of operators${of}`,
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
