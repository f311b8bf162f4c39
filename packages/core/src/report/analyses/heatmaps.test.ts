import { describe, expect, it } from 'vitest'
import {
  analysedResult,
  analysedTrial,
  faultsOf,
  recordsOf,
  type AnalysedOptions,
} from '../../../test/support/analysed-cases.ts'
import type { AnalysisTable, Trial } from '../result.ts'
import { drawHeatmaps } from './heatmaps.ts'

const MS = 1e6

function grid(
  options: (layers: number, batch: number) => AnalysedOptions | null = () => ({}),
): readonly Trial[] {
  return [2, 4, 8].flatMap((layers) =>
    [1, 8].flatMap((batch) => {
      const made = options(layers, batch)
      return made === null
        ? []
        : [analysedTrial({ case: { layers, batch }, items: batch, time: layers * batch * MS, ...made })]
    }),
  )
}
function maps(trials: readonly Trial[]): readonly AnalysisTable[] {
  const tables = drawHeatmaps(analysedResult(trials))
  expect(faultsOf(tables)).toEqual([])
  return tables
}

describe('heatmaps', () => {
  it('have a cell for each case, with what was measured', () => {
    const [map, ...others] = maps(
      grid((layers) => ({
        gauges: {
          'gpu.utilization': {
            unit: '1',
            device: null,
            mean: layers / 10,
            min: 0,
            max: 1,
            p95: 1,
            coverage: 1,
          },
          'gpu.memory.busy{0}': {
            unit: '1',
            device: '0',
            mean: 0.5,
            min: 0,
            max: 1,
            p95: 1,
            coverage: 1,
          },
          'gpu.power': { unit: 'W', device: null, mean: 9, min: 0, max: 9, p95: 9, coverage: 1 },
        },
      })),
    )
    expect(others).toEqual([])
    expect(map?.title).toBe('mlp > closed loop: layers × batch')
    expect(map?.plotOnly).toBe(true)
    const rows = recordsOf(map)
    expect(rows.map((row) => [row['layers'], row['batch']])).toEqual([
      [2, 1],
      [2, 8],
      [4, 1],
      [4, 8],
      [8, 1],
      [8, 8],
    ])
    expect(rows[3]).toMatchObject({ p50: 32 * MS, 'gpu.utilization': 0.4, reason: null })
    expect(rows[3]?.['items/s']).toBeCloseTo(8 / 0.032, 9)
    const plots = map?.plots ?? []
    expect(plots.map(({ name }) => name)).toEqual([
      'gpu-utilization',
      'gpu-memory-busy-0',
      'p50',
      'p99',
      'throughput',
      'items-s',
    ])
    expect(plots[0]?.layers[0]).toMatchObject({ mark: 'cells', x: 'batch', y: 'layers', text: 'state' })
  })

  it('say why a cell has no value: it failed, was skipped, was measured badly, or is not there', () => {
    const error = { code: 'X', message: 'Out of memory.', advice: null, detail: null }
    const invalid = { code: 'lag', severity: 'invalid', message: 'Late.', advice: null } as const
    const [map] = maps(
      grid((layers, batch) => {
        if (batch === 1) return {}
        if (layers === 2)
          return { state: 'failed', error, reasons: [{ ...invalid, code: 'failed' }], latencies: [] }
        return layers === 4 ? { reasons: [invalid] } : null
      }),
    )
    const cells = recordsOf(map).filter((row) => row['batch'] === 8)
    expect(cells.map((row) => [row['state'], row['reason']])).toEqual([
      ['failed', 'Out of memory.'],
      ['invalid', 'Late.'],
      ['left out', 'Not part of the matrix.'],
    ])
    for (const cell of cells) expect([cell['p50'], cell['throughput']]).toEqual([null, null])
  })

  it('know energy per item over all repeats', () => {
    const energy = (joules: number, perItem: number): Partial<Trial> =>
      ({ energy: { energy: joules, perItem } as Trial['energy'] }) as Partial<Trial>
    const trials = [
      ...grid(() => ({ rest: energy(10, 1) })),
      ...grid(() => ({ repeat: 1, rest: energy(30, 2) })),
    ]
    // 40 J for 10 + 15 items.
    expect(recordsOf(maps(trials)[0])[0]?.['per item']).toBeCloseTo(1.6, 12)
  })

  it('know which share of the peak of a device was reached, where there is one', () => {
    const known = (devices: number): Partial<Trial> => ({
      static: {
        main: {
          flops: 1e9,
          devices: Array.from({ length: devices }, () => ({ peak: 1e12 })),
        } as unknown as NonNullable<Trial['static']>[string],
      },
    })
    // 2 layers, batch 8: 500 items per second.
    expect(recordsOf(maps(grid(() => ({ rest: known(1) })))[0])[1]?.['of peak']).toBeCloseTo(0.5, 12)
    expect(recordsOf(maps(grid(() => ({ rest: known(2) })))[0])[1]).not.toHaveProperty('of peak')
  })

  it('are one for each value of other axes, and of numbers alone', () => {
    const trials = ['a', 'b'].flatMap((model) =>
      grid((layers, batch) => ({ case: { model, layers, batch } })),
    )
    expect(maps(trials).map(({ title }) => title)).toEqual([
      'mlp > closed loop > model=a: layers × batch',
      'mlp > closed loop > model=b: layers × batch',
    ])
    expect(maps([1, 2, 3].map((batch) => analysedTrial({ case: { batch }, time: MS })))).toEqual([])
    expect(maps([])).toEqual([])
  })

  it('are not made of axes that were varied one after the other', () => {
    const cross = [1, 2, 3, 4, 5, 6].flatMap((value) => [
      analysedTrial({ case: { a: value, b: 1 }, time: MS }),
      ...(value > 1 ? [analysedTrial({ case: { a: 1, b: value }, time: MS })] : []),
    ])
    expect(maps(cross)).toEqual([])
  })
})
