import { describe, expect, it } from 'vitest'
import type { AnalysisTable, Bench, ReportContext, RunResult } from 'servebench/plugin'
import { plugin, type PlotsOptions } from './plots-reporter.ts'

const WINDOW = {
  from: 0,
  until: 1e9,
  phase: 'measurement',
  due: 9,
  completed: 9,
  failed: 0,
  inFlight: 1,
  p50: 1e6,
  p95: 2e6,
  p99: 3e6,
  lagP99: 1e3,
}

function tableOf(name: string, title: string, plots: readonly string[]): AnalysisTable {
  return {
    name,
    title,
    columns: [
      { name: 'x', unit: null },
      { name: 'y', unit: 'ns' },
    ],
    rows: [
      [1, 2],
      [2, 3],
    ],
    notes: [],
    plots: plots.map((plot) => ({
      name: plot,
      title: plot,
      x: { title: 'x', unit: null, scale: 'linear' },
      y: { title: 'y', unit: 'ns', scale: 'linear' },
      layers: [{ mark: 'line', x: 'x', y: 'y' }],
    })),
  }
}

const RESULT = {
  analyses: [
    tableOf('roofline-plots', 'Roofline', ['roofline']),
    tableOf('stages', 'MLP > by batch: stages', ['means', 'p99']),
    tableOf('stages', 'CNN > by batch: stages', ['means']),
    tableOf('../../etc/passwd', 'hostile', ['../"<x>', '../"<x>']),
    { ...tableOf('words', 'without plots', []), plots: [] },
  ],
  cases: [],
  trials: [
    {
      id: '../0123',
      windows: [WINDOW],
      events: [],
      gauges: {},
      phases: {
        warmup: { from: 0, until: 0 },
        measurement: { from: 0, until: 1e9 },
        drain: { from: 1e9, until: 1e9 },
      },
    },
  ],
} as unknown as RunResult

/** What the reporter writes. */
async function report(
  options: PlotsOptions,
): Promise<{ files: Map<string, string | Uint8Array>; said: string[] }> {
  const files = new Map<string, string | Uint8Array>()
  const said: string[] = []
  const taps: ((result: RunResult, context: ReportContext) => Promise<void>)[] = []
  await plugin.apply({
    options,
    hooks: { report: { tapPromise: (_: string, tap: (typeof taps)[number]) => taps.push(tap) } },
  } as unknown as Bench)
  for (const tap of taps)
    await tap(RESULT, {
      directory: '/run',
      write: async (file: string, body: string | Uint8Array) => {
        files.set(file, body)
        return file
      },
      log: { info: (text: string) => said.push(text), warn: () => undefined },
    } as unknown as ReportContext)
  return { files, said }
}

describe('the reporter plots', () => {
  it('writes every plot into a file whose name says what it is, and is no path of others', async () => {
    const { files, said } = await report({})
    expect([...files.keys()]).toEqual([
      'plots/roofline.svg',
      'plots/stages-means-mlp-by-batch.svg',
      'plots/stages-p99-mlp-by-batch.svg',
      'plots/stages-means-cnn-by-batch.svg',
      'plots/etc-passwd-x.svg',
      'plots/etc-passwd-x-2.svg',
      'plots/trials/0123-rates.svg',
      'plots/trials/0123-in-flight.svg',
      'plots/trials/0123-response-times.svg',
      'plots/trials/0123-dispatch-lag.svg',
    ])
    expect(said).toEqual(['10 plots in /run/plots'])
    for (const body of files.values()) expect(body).toMatch(/^<svg width="900" height="500"[\s\S]*<\/svg>$/)
  })

  it('writes PNG, of the size and with the colours that it is asked for', async () => {
    const { files } = await report({
      format: 'png',
      theme: 'dark',
      width: 300,
      height: 200,
      scale: 1,
      folder: 'figures',
      timelines: false,
    })
    expect([...files.keys()]).toContain('figures/roofline.png')
    expect(files.size).toBe(6)
    const png = Buffer.from(files.get('figures/roofline.png') as Uint8Array)
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([300, 200])
    const { files: texts } = await report({ theme: 'dark', timelines: false })
    expect(texts.get('plots/roofline.svg')).toContain('fill="#0d1117"')
  })

  it('says all that is wrong with its options', async () => {
    const options = { format: 'pdf', width: 0, scale: '2', font: '/no/such.ttf', timelines: 'no', hight: 3 }
    const error = await report(options as unknown as PlotsOptions).then(
      () => null,
      (reason: { problems: { path: string }[] }) => reason,
    )
    expect(error?.problems.map(({ path }) => path).toSorted()).toEqual([
      'font',
      'format',
      'hight',
      'scale',
      'timelines',
      'width',
    ])
  })
})
