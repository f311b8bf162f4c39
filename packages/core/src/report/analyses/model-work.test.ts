import { describe, expect, it } from 'vitest'
import { caseFixture, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import type { RunResult, Trial } from '../result.ts'
import type { StaticReport } from '../static-report.ts'
import { analyseModelWork } from './model-work.ts'

const report: StaticReport = {
  task: null,
  source: 'file',
  model: 'mlp',
  file: 'mlp.onnx',
  format: 'onnx',
  fileBytes: 1000,
  batch: 1,
  sizes: {},
  parameters: 250,
  statistics: 0,
  parameterBytes: 1000,
  weightBytes: 1000,
  touchedWeightBytes: 1000,
  macs: 5e8,
  flops: 1e9,
  elementwiseFlops: 0,
  macsByType: { FP32: 5e8 },
  activationBytes: 10,
  peakActivationBytes: 10,
  inputBytes: 40,
  outputBytes: 10,
  cache: null,
  isLowerBound: false,
  unknownOperators: {},
  intensity: null,
  devices: [
    {
      device: 'CPU',
      entry: 'CPU',
      kind: 'cpu',
      type: 'FP32',
      unit: 'vector',
      peak: 1e12,
      accumulate: null,
      bandwidth: 1e6,
      ridge: 1e6,
      source: 'a test',
      bound: 'compute',
      inferencesPerSecond: 1000,
    },
  ],
  notes: [],
}

function resultOf(known: StaticReport | null, over: Partial<Trial> = {}): RunResult {
  const base = trialFixture({ path: ['model'] })
  const trial: Trial = { ...base, static: known === null ? null : { main: known }, ...over }
  const one = caseFixture([trial])
  const pooled = one.pooled && { ...one.pooled, items: { perRequest: 4, throughput: 100 } }
  return { ...resultFixture([trial]), cases: [{ ...one, pooled }] }
}

describe('analyseModelWork', () => {
  it('relates throughput to the work of an inference and to what the device could do', () => {
    const [table] = analyseModelWork(resultOf(report))
    // 4 inferences per request share the weights: 100 × (1000 ÷ 4 + 50) bytes.
    expect(table?.rows).toEqual([['model', 'mlp', 1, 100, 30_000, 'CPU', 0.1, 0.03]])
  })

  it('shares the weights among the inferences that the server has joined', () => {
    const server = {
      ...(trialFixture().server as NonNullable<Trial['server']>),
      batchSizes: [{ size: 10, count: 2 }],
    }
    const [table] = analyseModelWork(resultOf(report, { server }))
    expect(table?.rows[0]?.[4]).toBe(100 * (100 + 50))
  })

  it('says what is only the least, and nothing without a model', () => {
    expect(analyseModelWork(resultOf({ ...report, isLowerBound: true }))[0]?.notes.join()).toContain(
      'the least',
    )
    expect(analyseModelWork(resultOf({ ...report, devices: [] }))[0]?.rows[0]?.slice(5)).toEqual([
      null,
      null,
      null,
    ])
    expect(analyseModelWork(resultOf(null))).toEqual([])
  })
})
