import { beforeAll, describe, expect, it } from 'vitest'
import { gpuStudy, LOADS } from '../../../test/support/gpu-study.ts'
import { resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import { renderStudiesCsv } from '../render-csv.ts'
import { renderMarkdown } from '../render-markdown.ts'
import type { AnalysisTable } from '../result.ts'
import type { StudyResult } from '../study/study-result.ts'
import { detailConfigurations } from './detail-configurations.ts'
import { analyseStudies } from './studies.ts'
import { detailTables } from './study-configurations.ts'
import { atLoads } from './study-loads.ts'

let study: StudyResult
beforeAll(async () => {
  study = await gpuStudy()
})

function table(name: string, tables: readonly AnalysisTable[]): AnalysisTable {
  const found = tables.find((one) => one.name.startsWith(name))
  if (found === undefined) throw new Error(`There is no table ${name}.`)
  return found
}

const column = ({ columns, rows }: AnalysisTable, name: string): readonly unknown[] =>
  rows.map((row) => row[columns.findIndex((one) => one.name === name)])

const best = () => study.points.find(({ id }) => id === study.best[0]) as StudyResult['points'][number]

describe('a configuration in detail', () => {
  it('has a row for each load up to 1024 users, with all that was measured and nothing else', () => {
    const loads = table('study-loads', detailTables(study, best()))
    expect(column(loads, 'users')).toEqual(LOADS)
    expect(loads.columns.map(({ name }) => name)).toEqual([
      'users',
      'p50',
      'p90',
      'p95',
      'p99',
      'wait for the answer',
      'queue',
      'compute',
      'throughput',
      'GPU 0 memory',
      'GPU 1 memory',
      'server memory',
      'GPU 0 use',
      'GPU 1 use',
      'GPU 0 power',
      'keeps limits',
    ])
    // Of memory the most counts, and GPUs are not averaged.
    expect(column(loads, 'GPU 0 memory').every((one) => Math.round(Number(one) / 2 ** 20) === 3072)).toBe(
      true,
    )
    expect(new Set(column(loads, 'GPU 1 memory'))).toEqual(new Set([1000]))
    expect(column(loads, 'throughput').at(-1)).toBeCloseTo(2000, 6)
    expect(column(loads, 'GPU 0 use').at(-1)).toBeCloseTo(1, 6)
    expect(loads.notes).toEqual([expect.stringMatching(/^Means over 3 measurements at \d+\.$/)])
  })

  it('draws throughput, percentiles, memory and use of each device', () => {
    const plots = detailTables(study, best()).flatMap((one) => one.plots ?? [])
    expect(plots.map(({ name }) => name)).toEqual([
      'throughput',
      'latency',
      'gpu-0-memory-latency',
      'gpu-1-memory-latency',
      'server-memory-latency',
      'gpu-0-use-latency',
      'gpu-1-use-latency',
      'parts',
      'sizes',
    ])
  })

  it('parts the mean response time so that the parts add up to it', () => {
    const components = table('study-components', detailTables(study, best()))
    const at = atLoads(study, best()).find(({ load }) => load === 64)
    const rows = components.rows.filter(([load]) => load === '64')
    expect(rows.map(([, part]) => part)).toEqual([
      'server: queue',
      'server: compute',
      'network and the rest',
      'before it is sent',
    ])
    const sum = rows.reduce((total, [, , mean]) => total + Number(mean), 0)
    expect(sum).toBeCloseTo(at?.value('responseTime.mean') ?? 0, 3)
  })

  it('has the batches that the server made at each load', () => {
    const batches = table('study-batches', detailTables(study, best()))
    expect(batches.rows.slice(0, 3)).toEqual([
      ['1', '1', 40, 1],
      ['2', '4', 30, 0.75],
      ['2', '8', 10, 0.25],
    ])
  })

  it('leaves disturbed measurements out where there are others', () => {
    const point = best()
    const loads = atLoads(study, point)
    const disturbed = study.measurements.map((one) =>
      one.purpose === 'confirm' ? { ...one, validity: 'invalid' as const } : one,
    )
    const lengths = (all: typeof loads) => all.map(({ measurements }) => measurements.length)
    expect(Math.max(...lengths(loads))).toBe(3)
    expect(Math.max(...lengths(atLoads({ ...study, measurements: disturbed }, point)))).toBe(1)
    const allDisturbed = {
      ...study,
      measurements: study.measurements.map((one) => ({ ...one, validity: 'invalid' as const })),
    }
    expect(table('study-loads', detailTables(allDisturbed, point)).notes.at(-1)).toMatch(
      /^Something disturbed all measurements at 1, 2, 4, /,
    )
  })

  it('that could not be measured says why', () => {
    const error = { code: 'X', message: 'Out of memory.', detail: 'first\nlast words' }
    const point = { ...best(), measurements: [], error }
    const [only, ...others] = detailTables(study, point)
    expect(others).toEqual([])
    expect(only?.notes).toEqual(['Out of memory.', 'The end of the log: last words'])
  })
})

describe('details in reports', () => {
  it('are chapters of the leaders and the default, and those that are asked for stand open in their place', () => {
    const analyses = analyseStudies({ studies: [study] })
    const result = { ...resultFixture([trialFixture()]), studies: [study], analyses }
    const chapters = (tables: readonly AnalysisTable[]) =>
      [...new Set(tables.map(({ chapter }) => chapter?.title))].filter((title) => title !== undefined)
    expect(chapters(analyses)).toEqual([
      'instances=2 (best)',
      expect.stringMatching(/^instances=1 \(default/),
      'All measurements: tuned',
    ])
    const base = study.points.filter(({ id }) => id === study.baseline)
    const detailed = detailConfigurations(result, new Map([[study.id, base]])).analyses
    expect(chapters(detailed)).toEqual([
      expect.stringMatching(/^instances=1 \(default/),
      'All measurements: tuned',
    ])
    expect(detailed.filter(({ chapter }) => chapter?.open === true).length).toBe(3)
    const place = (tables: readonly AnalysisTable[]) =>
      tables.findIndex(({ chapter }) => chapter !== undefined)
    expect(place(detailed)).toBe(place(analyses))
  })

  it('are folded in Markdown, without a place for HTML of somebody else', () => {
    const hostile = { ...study, path: ['<img src=x>'] }
    const text = renderMarkdown({
      ...resultFixture([trialFixture()]),
      studies: [hostile],
      analyses: analyseStudies({ studies: [hostile] }),
    })
    expect(text.match(/^<details>$/gm)).toHaveLength(3)
    expect(text.match(/^<\/details>$/gm)).toHaveLength(3)
    expect(text).toContain('<summary>instances=2 \\(best\\)</summary>')
    expect(text).not.toContain('<img')
  })
})

describe("Model Analyzer's files", () => {
  it('have its columns; a row for each GPU', () => {
    const result = { ...resultFixture([trialFixture()]), studies: [study] }
    const [head, first] = (renderStudiesCsv(result, 'inference') ?? '').split('\n')
    expect(head).toMatch(
      /^Model,Batch,Concurrency,Model Config Path,Instance Group,Max Batch Size,Satisfies Constraints,Throughput \(infer\/sec\),p99 Latency \(ms\)(,|$)/,
    )
    expect(first).toMatch(/^tuned,1,1,instances=2,2,,Yes,50,/)
    const gpus = (renderStudiesCsv(result, 'gpu') ?? '').trim().split('\n')
    expect(gpus[0]).toBe(
      'Model,GPU UUID,Batch,Concurrency,Model Config Path,Instance Group,Satisfies Constraints,Max GPU Memory Usage (MB),Average GPU Utilization (%),Average GPU Power Usage (W)',
    )
    expect(gpus.slice(1, 3)).toEqual([
      'tuned,gpu0,1,1,instances=2,2,Yes,3221.225,2.5,75',
      'tuned,gpu1,1,1,instances=2,2,Yes,0.001,0,',
    ])
    expect(gpus).toHaveLength(1 + 2 * 2 * LOADS.length)
    expect(renderStudiesCsv({ ...resultFixture([trialFixture()]), studies: [] }, 'inference')).toBeUndefined()
  })
})
