import type { AnalysisTable, MeasuredCase } from 'servebench/plugin'

/** How full batches were. */
export function listBatches(cases: readonly MeasuredCase[]): AnalysisTable | null {
  const rows = cases.flatMap(({ name, target, counted }) => {
    const model = counted?.[target.options['model'] as string]
    if (model === undefined || model.executions === 0) return []
    const { executions, inferences, padding = 0, batches } = model
    const largest = batches.reduce((most, { size }) => Math.max(most, size), 0)
    return [[name, executions, inferences / executions, largest, padding / (inferences + padding)]]
  })
  if (rows.length === 0) return null
  return {
    name: 'tfserving-batches',
    title: 'TensorFlow Serving: batches',
    columns: [
      { name: 'case', unit: null },
      { name: 'executions', unit: null },
      { name: 'mean batch', unit: null, description: 'Rows of requests in each execution.' },
      {
        name: 'largest',
        unit: null,
        description: 'Rows of the largest execution, with those that filled it up.',
      },
      { name: 'padding', unit: '1', description: 'Of all executed rows, those that filled batches up.' },
    ],
    rows,
    notes: [],
  }
}
