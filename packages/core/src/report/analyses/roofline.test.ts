import { describe, expect, it } from 'vitest'
import { caseFixture, resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { STATIC_REPORT } from '../../../test/static-fixture.ts'
import { matchDevice } from '../../hardware/match-device.ts'
import { loadPeaks } from '../../hardware/peaks.ts'
import { boundOn, type DeviceBound } from '../model-report.ts'
import type { GaugeSummary, RunResult, Trial } from '../result.ts'
import type { StaticReport } from '../static-report.ts'
import { analyseRooflines, memoryTraffic } from './roofline.ts'

const [macs, parameters, activations] = [4_089_184_256, 25_557_032, 11_315_688]
const WORK = {
  flops: 2 * macs,
  parameterBytes: 4 * parameters,
  touchedWeightBytes: 4 * parameters,
  inputBytes: 4 * 3 * 224 * 224,
  outputBytes: 4000,
  activationBytes: 4 * activations,
}

function deviceOf(name: string, type = 'FP32'): DeviceBound {
  const matched = matchDevice(loadPeaks(), { name, kind: 'gpu', cores: null })
  if (matched === null) throw new Error(`No peaks of ${name}.`)
  return boundOn(matched, WORK, type, 1) as DeviceBound
}

const RESNET: StaticReport = { ...STATIC_REPORT, ...WORK, macs, devices: [deviceOf('Tesla T4')] }

interface Measured {
  readonly batch: number
  readonly rate: number
  readonly gauges?: Trial['gauges']
  readonly report?: StaticReport
}

function resultOf(measured: readonly Measured[]): RunResult {
  const trials = measured.map(({ batch, gauges = {}, report = RESNET }): Trial => ({
    ...trialFixture({ path: ['resnet'], case: { batch }, gauges }),
    static: { main: report },
  }))
  const cases = trials.map((trial, index) => {
    const { batch, rate } = measured[index] as Measured
    const one = caseFixture([trial])
    const pooled = one.pooled && {
      ...one.pooled,
      throughput: rate / batch,
      rateIntervals: { throughput: [(0.9 * rate) / batch, (1.1 * rate) / batch] as const, goodput: null },
      items: { perRequest: batch, throughput: rate },
    }
    return { ...one, pooled }
  })
  return { ...resultFixture(trials), cases }
}

function gauge(mean: number | null, unit: string): GaugeSummary {
  return { unit, device: null, mean, min: mean, max: mean, p95: mean, coverage: 1 }
}

function cells(result: RunResult, name: string): readonly unknown[] {
  const [table] = analyseRooflines(result)
  const index = table?.columns.findIndex((column) => column.name === name) ?? -1
  return table?.rows.map((row) => row[index]) ?? []
}

describe('analyseRooflines', () => {
  it('places ResNet-50 where it is known to be, batch by batch', () => {
    const result = resultOf([
      { batch: 1, rate: 300 },
      { batch: 32, rate: 600 },
    ])
    const [one, more] = cells(result, 'article') as number[]
    expect(one).toBeCloseTo(42.4, 1)
    expect(more).toBeCloseTo(87.3, 1)
    expect(cells(result, 'GFLOP/s')).toEqual([(300 * 2 * macs) / 1e9, (600 * 2 * macs) / 1e9])
    // The ridge of a T4 is at 25.4; with all activations through memory 8.2e9 / 198e6 is above it as well.
    expect(cells(result, 'side')).toEqual(['compute', 'compute'])
    expect(cells(result, 'of roof')[0]).toBeCloseTo((300 * 2 * macs) / deviceOf('Tesla T4').peak, 9)
  })

  it('takes what the memory moved before what it must have moved at least', () => {
    const gauges = { 'dcgm0.dram.active': gauge(0.5, '1') }
    const result = resultOf([{ batch: 4, rate: 100, gauges }])
    // Half of 320 GB/s for 100 inferences per second.
    expect(cells(result, 'measured')[0]).toBeCloseTo((2 * macs) / 1.6e9, 9)
    expect(cells(result, 'side')).toEqual(['memory'])
    const [table] = analyseRooflines(resultOf([{ batch: 4, rate: 100 }]))
    expect(table?.columns.map(({ name }) => name)).not.toContain('measured')
    expect(table?.notes.join()).toContain('was not measured')
  })

  it('says that it lies between where that depends on caches', () => {
    const report = { ...RESNET, activationBytes: 4 * 20 * activations }
    expect(cells(resultOf([{ batch: 1, rate: 10, report }]), 'side')).toEqual(['between'])
  })

  it('does not take too little work for a lack of bandwidth', () => {
    const report = { ...RESNET, flops: 1e6, isLowerBound: true, unknownOperators: { 'com.acme.Magic': 3 } }
    const [table] = analyseRooflines(resultOf([{ batch: 1, rate: 10, report }]))
    expect(cells(resultOf([{ batch: 1, rate: 10, report }]), 'side')).toEqual(['not known'])
    expect(table?.notes.join('\n')).toContain('are the least')
    const known = { ...report, isLowerBound: false }
    expect(cells(resultOf([{ batch: 1, rate: 10, report: known }]), 'side')).toEqual(['memory'])
  })

  it('tells of points above their roof', () => {
    const [table] = analyseRooflines(resultOf([{ batch: 1, rate: 5000 }]))
    expect(table?.notes.join('\n')).toContain('Above the roof: resnet > batch=1')
  })

  it('draws every dense roof with its bend, and joins the batches of a series', () => {
    const [, table] = analyseRooflines(
      resultOf([
        { batch: 32, rate: 600 },
        { batch: 1, rate: 300 },
      ]),
    )
    const rows = table?.rows ?? []
    const roofs = rows.filter(([kind]) => kind === 'roof')
    expect(new Set(roofs.map(([, series]) => series))).toEqual(
      new Set(['FP32 vector', 'FP16 tensor (sums in FP32)', 'INT8 tensor (sums in INT32)']),
    )
    const fp16 = roofs.filter(([, series]) => series === 'FP16 tensor (sums in FP32)')
    expect(fp16.map(([, , , , flops]) => flops).slice(1)).toEqual([65e12, 65e12])
    expect(fp16[1]?.[3]).toBeCloseTo(203, 0)
    const points = rows.filter(([kind, series]) => kind === 'point' && series === 'compulsory')
    expect(points.map((row) => row.at(-1))).toEqual(['batch 1.00', 'batch 32.0'])
    expect(points[0]?.slice(5, 7)).toEqual([0.9 * 300 * 2 * macs, 1.1 * 300 * 2 * macs])
    const columns = new Set(table?.columns.map(({ name }) => name))
    for (const layer of table?.plots?.[0]?.layers ?? [])
      for (const name of [layer.group, 'x' in layer ? layer.x : undefined])
        expect(columns.has(name ?? 'series')).toBe(true)
  })

  it('parts what differs in more than the batch', () => {
    const trial = (precision: string, batch: number): Trial => ({
      ...trialFixture({ path: ['resnet'], case: { precision, batch } }),
      static: { main: RESNET },
    })
    const trials = ['fp32', 'fp16'].flatMap((precision) => [1, 8].map((batch) => trial(precision, batch)))
    const cases = trials.map((one) => {
      const found = caseFixture([one])
      const items = { perRequest: one.case['batch'] as number, throughput: 100 }
      return { ...found, pooled: found.pooled && { ...found.pooled, items } }
    })
    const [, table] = analyseRooflines({ ...resultFixture(trials), cases })
    const series = table?.rows.filter(([kind]) => kind === 'point').map((row) => row[1])
    expect(new Set(series)).toContain('compulsory · resnet > precision=fp16')
    expect(series).toHaveLength(3 * 4)
  })

  it('is nothing without work, without throughput, and where no device is known', () => {
    expect(analyseRooflines(resultOf([{ batch: 1, rate: 0 }]))).toEqual([])
    expect(analyseRooflines(resultOf([{ batch: 1, rate: 5, report: { ...RESNET, flops: 0 } }]))).toEqual([])
    expect(analyseRooflines(resultOf([{ batch: 1, rate: 5, report: { ...RESNET, flops: null } }]))).toEqual(
      [],
    )
    expect(analyseRooflines(resultOf([{ batch: 1, rate: 5, report: { ...RESNET, devices: [] } }]))).toEqual(
      [],
    )
    expect(analyseRooflines(resultOf([]))).toEqual([])
  })

  it('draws one roof of results that know only one', () => {
    const { peaks: _, ...device } = deviceOf('Tesla T4')
    const [, table] = analyseRooflines(
      resultOf([{ batch: 1, rate: 5, report: { ...RESNET, devices: [device] } }]),
    )
    expect(table?.rows.filter(([kind]) => kind === 'roof')).toHaveLength(3)
  })
})

describe('memoryTraffic', () => {
  const gpu = { kind: 'gpu', bandwidth: 100 }

  it('adds what all GPUs moved, and believes bytes before shares', () => {
    const shares = { 'dcgm0.dram.active': gauge(0.2, '1'), 'dcgm1.dram.active': gauge(0.3, '1') }
    expect(memoryTraffic(shares, gpu)).toBeCloseTo(50, 12)
    expect(memoryTraffic({ ...shares, 'gpu0.memory.traffic': gauge(7, 'By/s') }, gpu)).toBe(7)
  })

  it('takes neither the time in which memory was busy, nor what belongs to another device, nor lost gauges', () => {
    expect(memoryTraffic({ 'gpu0.memory.busy': gauge(0.9, '1') }, gpu)).toBeNull()
    const cpu = { 'cpu0.memory.traffic': gauge(5, 'By/s') }
    expect(memoryTraffic(cpu, gpu)).toBeNull()
    expect(memoryTraffic(cpu, { kind: 'cpu', bandwidth: 100 })).toBe(5)
    expect(memoryTraffic({ 'dcgm0.dram.active': gauge(null, '1') }, gpu)).toBeNull()
    expect(memoryTraffic({}, gpu)).toBeNull()
  })
})
