import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { mlp } from '../../test/support/architectures.ts'
import { OnnxGraph } from '../../test/support/onnx-graph.ts'
import { planned, server } from '../../test/support/planned-case.ts'
import { temporaryProject } from '../../test/support/project.ts'
import type { RunningServer } from '../hooks/server.ts'
import type { StreamPlan, TrialPlan } from '../plan/trial-plan.ts'
import { StaticMetrics, type StaticMetricsOptions } from './static-metrics.ts'

const project = temporaryProject({
  'peaks.json': JSON.stringify({
    updated: '2026-01-01',
    devices: [
      {
        name: 'Test CPU',
        kind: 'cpu',
        match: [['test', 'cpu']],
        cores: 8,
        peaks: [{ type: 'FP32', unit: 'vector', dense: 8e9 }],
        bandwidth: 1e9,
        source: 'a test',
      },
    ],
  }),
})
afterAll(() => project[Symbol.dispose]())
writeFileSync(project.path('mlp.onnx'), mlp([100, 200, 10]))
const sequence = new OnnxGraph()
sequence.output(
  sequence.node('MatMul', [sequence.input('x', ['n', 'time', 4]), sequence.weight('w', [4, 4])]),
)
writeFileSync(project.path('sequence.onnx'), sequence.model())

const PARAMETERS = 100 * 200 + 200 + 200 * 10 + 10
const MACS = 100 * 200 + 200 * 10
const local = { local: true } as RunningServer
const remote = { local: false } as RunningServer

let built = 0
const metrics = (more: Partial<StaticMetricsOptions> = {}) =>
  new StaticMetrics({
    ...more,
    root: project.root,
    peaks: 'peaks.json',
    artifacts: {
      build: async ({ name }) => {
        built += 1
        return { path: project.path(`${name}.onnx`), digest: 'd', size: 1, metadata: {} }
      },
    },
    environment: {
      cpu: { model: 'Test CPU', cores: 4, physicalCores: 2, mhz: null, governor: null, limit: null },
      accelerators: [],
    },
  })

function trial(stream: Partial<StreamPlan>, served: readonly object[] | null = null): TrialPlan {
  const plan = planned(
    'x',
    served === null ? {} : { server: { ...server(1), state: { models: served } as never } },
  )
  const main = { ...(plan.trial.streams['main'] as StreamPlan), ...stream }
  return { ...plan.trial, streams: { main }, id: 'i', repeat: 0, seed: 's' }
}

const served = (name: string, source: object) => ({ name, source })
const artifact = { artifact: 'onnx-model', package: 'p', name: 'mlp', options: {} }

describe('StaticMetrics', () => {
  it('reads the model that a server was launched with', async () => {
    const plan = trial({ target: { kind: 'oip', package: 'p', options: { model: 'mlp' } } }, [
      served('mlp', { artifact }),
      served('other', { file: 'x.onnx' }),
    ])
    const { reports, notes } = await metrics().of(plan, local)
    expect(notes).toEqual([])
    expect(reports?.['main']).toMatchObject({
      source: 'file',
      model: 'mlp',
      file: 'mlp.onnx',
      format: 'onnx',
      task: null,
      batch: 1,
      parameters: PARAMETERS,
      weightBytes: 4 * PARAMETERS,
      flops: 2 * MACS,
      isLowerBound: false,
    })
    expect(built).toBe(1)
    const [device] = reports?.['main']?.devices ?? []
    // Two of eight cores; the weights are read for each inference.
    const traffic = 4 * (PARAMETERS + 100 + 10)
    expect(device).toMatchObject({ device: 'Test CPU', peak: 2e9, bandwidth: 1e9, ridge: 2, bound: 'memory' })
    expect(device?.inferencesPerSecond).toBeCloseTo(1e9 / traffic, 6)
  })

  it('takes what the bench file says, and names no device of another machine', async () => {
    const given = { task: 'echo', parameters: 5, flops: 1e6, bytes: 20 }
    const { reports } = await metrics().of(trial({ static: given }), remote)
    expect(reports?.['main']).toMatchObject({
      source: 'given',
      task: 'echo',
      file: null,
      parameters: 5,
      macs: 5e5,
      weightBytes: 20,
      intensity: { article: null, compulsory: 50_000, streamed: null },
      devices: [],
    })
    const named = await metrics().of(trial({ static: { ...given, device: 'Tesla T4' } }), remote)
    expect(named.reports?.['main']?.devices).toMatchObject([
      { entry: 'NVIDIA T4', type: 'FP32', peak: 8.141e12 },
    ])
  })

  it('knows devices that plugins add, behind those of the file of peaks and before its own', async () => {
    const device = (name: string, match: string[], dense: number) => ({
      name,
      kind: 'gpu' as const,
      match: [match],
      peaks: [{ type: 'FP32', unit: 'vector' as const, dense }],
      bandwidth: 1e9,
      source: 'a plugin',
    })
    const added = [
      { ...device('Mine', ['test', 'cpu'], 1), kind: 'cpu' as const },
      device('T4, tuned', ['tesla', 't4'], 9e12),
    ]
    const store = metrics({ addedPeaks: async () => added })
    const of = async (name: string) =>
      (await store.of(trial({ static: { flops: 1e6, bytes: 20, device: name } }), remote)).reports?.['main']
        ?.devices
    expect(await of('Tesla T4')).toMatchObject([{ entry: 'T4, tuned', peak: 9e12 }])
    expect(await of('Test CPU')).toMatchObject([{ entry: 'Test CPU', bandwidth: 1e9, peak: 8e9 }])
    const broken = metrics({ addedPeaks: async () => [{ ...device('x', ['x'], 1), bandwidth: 0 }] })
    expect((await broken.of(trial({ static: { flops: 1 } }), remote)).notes).toMatchObject([
      {
        message: expect.stringMatching(/Peaks that plugins have added.*bandwidth: must be a number above 0/s),
      },
    ])
  })

  it('counts in a file with the sizes that are given', async () => {
    const store = metrics()
    const of = (time: number) =>
      store.of(trial({ static: { model: 'sequence.onnx', sizes: { time } } }), local)
    expect((await of(3)).reports?.['main']).toMatchObject({ macs: 48, sizes: { time: 3 }, notes: [] })
    expect((await of(5)).reports?.['main']).toMatchObject({ macs: 80 })
  })

  it('knows the models of the steps of a pipeline', async () => {
    const step = (name: string, model?: string) => ({
      name,
      ...(model === undefined ? { run: 'f' } : { target: { kind: 'oip', package: 'p', options: { model } } }),
    })
    const steps = [step('scale'), step('first', 'mlp'), step('second', 'sequence')]
    const target = { kind: 'pipeline', package: 'p', options: { steps } as never }
    const plan = [served('mlp', { artifact }), served('sequence', { file: 'sequence.onnx' })]
    const { reports } = await metrics().of(trial({ target }, plan), local)
    expect(Object.keys(reports ?? {})).toEqual(['main/first', 'main/second'])
    expect(reports?.['main/first']).toMatchObject({ model: 'mlp', macs: MACS })
    const whole = await metrics().of(trial({ target, static: { flops: 7 } }, plan), local)
    expect(whole.reports).toMatchObject({ main: { flops: 7, model: null } })
  })

  it('makes a note of a model that it cannot read', async () => {
    project.write({ 'bad.onnx': 'no model' })
    const { reports, notes } = await metrics().of(trial({ static: { model: 'bad.onnx' } }), local)
    expect(reports).toBeNull()
    expect(notes).toMatchObject([{ code: 'static', severity: 'note' }])
    expect(notes[0]?.message).toContain('bad.onnx')
  })

  it('knows nothing without a model', async () => {
    expect(await metrics().of(trial({}), local)).toEqual({ reports: null, notes: [] })
    const two = trial({}, [served('a', { file: 'a.onnx' }), served('b', { file: 'b.onnx' })])
    expect(await metrics().of(two, local)).toEqual({ reports: null, notes: [] })
  })
})
