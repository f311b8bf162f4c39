import type { AnalysisTable, RunResult } from '../result.ts'
import type { StaticReport } from '../static-report.ts'
import { noteAssumedSizes } from './assumed-sizes.ts'
import { workedModels, type WorkedModel } from './worked-models.ts'

/**
 * What models have done per second, for cases whose model is known: FLOP/s are inferences/s × FLOP of one, whatever the
 * batches were; bytes/s are the least there can have been, with the weights read once per execution.
 */
export function analyseModelWork(result: RunResult): readonly AnalysisTable[] {
  const models = workedModels(result)
  if (models.length === 0) return []
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
      rows: models.flatMap((model) => {
        const { devices } = model.report
        return (devices.length === 0 ? [null] : devices).map((device) => cellsOf(model, device))
      }),
      notes: [
        'FLOP are counted in the model, not measured; peaks are theoretical (`servebench peaks`).',
        ...(models.some(({ report }) => report.isLowerBound)
          ? ['Some models are known in part: their numbers are the least.']
          : []),
        ...noteAssumedSizes(models.map(({ report }) => report)),
        ...(models.some(({ report }) => report.devices.length === 0)
          ? [
              "Where no device stands, its peaks are not known: `servebench peaks --save peaks.json` measures those of this machine, and `peaks: 'peaks.json'` in the configuration uses them.",
            ]
          : []),
      ],
    },
  ]
}

function cellsOf(
  { name, report, metrics, batch }: WorkedModel,
  device: StaticReport['devices'][number] | null,
): AnalysisTable['rows'][number] {
  const rate = metrics.items.throughput
  const flops = rate === null ? null : rate * report.flops
  const weights =
    batch === null || report.touchedWeightBytes === null ? null : report.touchedWeightBytes / batch
  const bytes =
    rate === null || weights === null
      ? null
      : rate * (weights + (report.inputBytes ?? 0) + (report.outputBytes ?? 0))
  return [
    name,
    report.model,
    report.flops / 1e9,
    flops === null ? null : flops / 1e9,
    bytes,
    device?.device ?? null,
    device === null || flops === null ? null : flops / device.peak,
    device === null || bytes === null ? null : bytes / device.bandwidth,
  ]
}
