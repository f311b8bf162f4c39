import { fullName } from '../case-name.ts'
import type { AnalysisTable, CaseResult, Metrics, RunResult, Trial } from '../result.ts'
import type { StaticReport } from '../static-report.ts'

/**
 * What models have done per second, for cases whose model is known: FLOP/s are inferences/s × FLOP of one, whatever the
 * batches were; bytes/s are the least there can have been, with the weights read once per execution.
 */
export function analyseModelWork(result: RunResult): readonly AnalysisTable[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const rows = result.cases.flatMap((one) =>
    rowsOf(
      one,
      one.trials.flatMap((id) => trials.get(id) ?? []),
    ),
  )
  if (rows.length === 0) return []
  const bounds = rows.map(({ isLowerBound }) => isLowerBound)
  return [
    {
      name: 'model-work',
      title: 'What the models have computed',
      columns: [
        { name: 'case', unit: null },
        { name: 'model', unit: null },
        {
          name: 'GFLOP',
          unit: '',
          description: 'Of one inference: matrix products and convolutions, 2 × MACs.',
        },
        { name: 'GFLOP/s', unit: '', description: 'Achieved.' },
        {
          name: 'traffic',
          unit: 'By/s',
          description: 'The least: weights once per execution, inputs and outputs.',
        },
        { name: 'device', unit: null },
        { name: 'of peak', unit: '1', description: 'Of the dense peak for the type of the model.' },
        { name: 'of bandwidth', unit: '1', description: 'That traffic as a share of the bandwidth.' },
      ],
      rows: rows.map(({ cells }) => cells),
      notes: [
        'FLOP are counted in the model, not measured; peaks are theoretical (`servebench peaks`).',
        ...(bounds.includes(true) ? ['Some models are known in part: their numbers are the least.'] : []),
      ],
    },
  ]
}

interface Row {
  readonly cells: AnalysisTable['rows'][number]
  readonly isLowerBound: boolean
}

function rowsOf(one: CaseResult, trials: readonly Trial[]): readonly Row[] {
  const known = trials.find((trial) => trial.static !== null)
  return Object.entries(known?.static ?? {}).flatMap(([stream, report]) => {
    const metrics = one.streams?.[stream.split('/')[0] as string] ?? one.pooled
    if (metrics === null || report.flops === null) return []
    const name = `${fullName(one)}${stream === 'main' ? '' : ` · ${stream}`}`
    const devices = report.devices.length === 0 ? [null] : report.devices
    return devices.map((device) => ({
      cells: cellsOf(name, report, device, metrics, executionBatch(known as Trial, metrics)),
      isLowerBound: report.isLowerBound,
    }))
  })
}

function cellsOf(
  name: string,
  report: StaticReport,
  device: StaticReport['devices'][number] | null,
  { items }: Metrics,
  batch: number | null,
): Row['cells'] {
  const rate = items.throughput
  const flops = rate === null ? null : rate * (report.flops ?? 0)
  const weights =
    batch === null || report.touchedWeightBytes === null ? null : report.touchedWeightBytes / batch
  const bytes =
    rate === null || weights === null
      ? null
      : rate * (weights + (report.inputBytes ?? 0) + (report.outputBytes ?? 0))
  return [
    name,
    report.model,
    (report.flops ?? 0) / 1e9,
    flops === null ? null : flops / 1e9,
    bytes,
    device?.device ?? null,
    device === null || flops === null ? null : flops / device.peak,
    device === null || bytes === null ? null : bytes / device.bandwidth,
  ]
}

/** Inferences per execution: as the server counts them, or those of a request. */
function executionBatch({ server }: Trial, { items }: Metrics): number | null {
  const sizes = server?.batchSizes ?? []
  const executions = sizes.reduce((sum, { count }) => sum + count, 0)
  if (executions > 0) return sizes.reduce((sum, { size, count }) => sum + size * count, 0) / executions
  return items.perRequest !== null && items.perRequest > 0 ? items.perRequest : null
}
