import { expect, it } from 'vitest'
import { plannedStudy, simulate } from '../../../test/support/study.ts'
import { stream } from '../../dsl/stream.ts'
import type { TargetSpec } from '../../dsl/target.ts'
import type { AnalysisTable } from '../result.ts'
import { analyseStudies } from './studies.ts'

const MS = 1e6

function asks(model: string): TargetSpec<'inline'> {
  return { kind: 'inline', package: 'p', options: { model } }
}

/** One takes from the other: 100/s for each instance of its own, less a quarter for each of the other. */
async function tables(): Promise<(name: string) => AnalysisTable> {
  const study = plannedStudy({
    models: {
      resnet: { space: { instances: [1, 2], maxBatchSize: 8 }, weight: 3 },
      bert: { space: { instances: [1, 2], maxBatchSize: 4 }, latencyBudget: '200ms' },
    },
    streams: {
      resnet: stream({ target: asks('resnet'), load: { load: 'closed', concurrency: 6 } }),
      bert: stream({ target: asks('bert'), load: { load: 'closed', concurrency: 2 } }),
    },
    confirm: { rounds: 0 },
    ablation: false,
  })
  const { result } = await simulate(study, (values) => {
    const [resnet, bert] = [Number(values['resnet.instances']), Number(values['bert.instances'])]
    const first = 100 * resnet * (1.25 - 0.25 * bert)
    const second = 100 * bert * (1.25 - 0.25 * resnet)
    return {
      throughput: first + second,
      latency: 10 * MS,
      streams: {
        resnet: { throughput: first, latency: (6 / first) * 1000 * MS },
        // 4.6 times that is its p99: 92 ms, or 123 ms, 61 ms, 31 ms.
        bert: { throughput: second, latency: (resnet === 2 && bert === 1 ? 60 : 20) * MS },
      },
    }
  })
  const all = analyseStudies({ studies: [result] })
  return (name) => {
    const found = all.find((table) => table.name === `${name}-${result.id}`)
    if (found === undefined) throw new Error(`There is no table ${name}.`)
    return found
  }
}

function column(table: AnalysisTable, name: string): readonly unknown[] {
  const index = table.columns.findIndex((one) => one.name === name)
  return table.rows.map((row) => row[index])
}

it('shows throughput and p99 of each model beside the gain of all', async () => {
  const named = await tables()
  const summary = named('study')
  expect(summary.columns.map(({ name }) => name)).toEqual([
    'resnet.instances',
    'bert.instances',
    'standing',
    'gain',
    'interval',
    'resnet throughput',
    'resnet p99',
    'bert throughput',
    'bert p99',
    'throughput',
  ])
  const names = summary.rows.map((row) => JSON.stringify(row.slice(0, 2)))
  // 2^¾ · ½^… by hand: (2 · ¾)^¾ · (2 · ¾)^¼ for both, ¾^¾ · 2^¼ for bert alone; resnet alone misses bert's budget.
  expect(names).toEqual(['[2,2]', '[1,1]', '[1,2]', '[2,1]'])
  expect(column(summary, 'standing')).toEqual(['best', 'default', expect.any(String), 'misses bert'])
  expect(column(summary, 'gain')).toEqual(['+50 %', null, '−4.16 %', '+56.5 %'])
  expect(column(summary, 'resnet throughput')).toEqual([150, 100, 75, 200])
  expect(column(summary, 'bert throughput')).toEqual([150, 100, 200, 75])
  expect(column(summary, 'throughput')).toEqual([300, 200, 275, 275])
})

it('shows what each model gains, and which limit it misses', async () => {
  const named = await tables()
  const models = named('study-models')
  expect(column(models, 'model')).toEqual([
    'resnet',
    'bert',
    'resnet',
    'bert',
    'resnet',
    'bert',
    'resnet',
    'bert',
  ])
  expect(column(models, 'users').slice(0, 2)).toEqual([6, 2])
  expect(
    column(models, 'gain').map((gain) => (typeof gain === 'number' ? Number(gain.toFixed(6)) : gain)),
  ).toEqual([0.5, 0.5, null, null, -0.25, 1, 1, -0.25])
  expect(column(models, 'misses')).toEqual([...Array.from({ length: 7 }, () => null), 'p99 200 ms'])
})

it('writes several models into one row of Model Analyzer’s columns', async () => {
  const named = await tables()
  const details = named('study-details')
  const row = details.rows.findIndex(
    ([, , , path]) => typeof path === 'string' && /resnet.instances=1.*bert.instances=2/.test(path),
  )
  const at = (name: string): unknown => column(details, name)[row]
  expect(at('Model')).toBe('resnet,bert')
  expect(at('Concurrency')).toBe('6,2')
  expect(at('Batch')).toBe('1,1')
  expect(at('Instance Group')).toBe('1,2')
  expect(at('Max Batch Size')).toBe('8,4')
  // Throughputs are added, latencies averaged, as its `value_function` has it.
  expect(at('Throughput (infer/sec)')).toBe('275, [75,200]')
  expect(at('Satisfies Constraints')).toBe('Yes')
  expect(at('p99 Latency (ms)')).toMatch(/^\d+(\.\d)?, \[\d+(\.\d)?,\d+(\.\d)?\]$/)
})
