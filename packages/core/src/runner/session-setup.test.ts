import { describe, expect, it } from 'vitest'
import { planFixture } from '../../test/result-fixture.ts'
import type { CreateSource } from '../aide/sample-source.ts'
import type { SessionReference, TargetMetadata } from '../hooks/providers.ts'
import { API_VERSION, definePlugin } from '../hooks/plugin.ts'
import type { InputPlan, TrialPlan } from '../plan/trial-plan.ts'
import { Random } from '../stats/prng.ts'
import { PluginHost } from './plugin-host.ts'
import { connectStreams } from './session-setup.ts'

const LOG = { debug() {}, info() {}, warn() {}, error() {} }
const MODEL: TargetMetadata = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [-1, 3] },
    { name: 'maybe', datatype: 'FP32', shape: [-1], optional: true },
  ],
  outputs: [],
  maxBatchSize: 4,
}

/** Of a stream whose target answers like this. */
async function inputOf(input: InputPlan, session: Partial<SessionReference>): Promise<unknown> {
  const host = new PluginHost('/', LOG, {
    image: () => import('../builtin/inputs/plugin.ts'),
    repeat: () => import('../builtin/inputs/plugin.ts'),
  })
  await host.apply(
    definePlugin({
      name: 'targets',
      apiVersion: API_VERSION,
      apply({ hooks }) {
        hooks.connect.for('fake').tapPromise('targets', async () => ({
          module: 'file:///none.js',
          options: {},
          engine: 'fake',
          multiplexed: false,
          ...session,
        }))
      },
    }),
  )
  const plan = planFixture({})
  const main = plan.streams['main'] as TrialPlan['streams'][string]
  const streams = { main: { ...main, input, target: { kind: 'fake', package: 'servebench', options: {} } } }
  host.loadProvider = async (kind, name) => {
    if (kind !== 'fake') await PluginHost.prototype.loadProvider.call(host, kind, name)
  }
  const signal = new AbortController().signal
  const context = { server: null, settings: plan.settings, signal, log: LOG }
  const [connected] = await connectStreams({ ...plan, streams }, host, context, '/')
  return connected?.input
}

async function sampleOf(input: unknown): Promise<unknown> {
  const { reference } = input as { reference: { module: string; options: never } }
  const { createSource } = (await import(reference.module)) as { createSource: CreateSource }
  const source = await createSource(reference.options)
  const seeded = () => new Random([1, 2, 3, 4])
  return await source.sample(0, seeded(), seeded)
}

describe('a stream without input', () => {
  it('sends tensors that fit the model, whatever adapter describes it', async () => {
    const input = await inputOf({ from: 'target' }, { metadata: MODEL })
    expect(await sampleOf(input)).toMatchObject({ tensors: { x: { datatype: 'FP32', shape: [1, 3] } } })
  })

  it('sends what the adapter says, or nothing', async () => {
    const own = { module: 'file:///own.js', options: {} }
    expect(await inputOf({ from: 'target' }, { metadata: MODEL, defaultInput: own })).toEqual({
      from: 'module',
      reference: own,
    })
    expect(await inputOf({ from: 'target' }, {})).toEqual({ from: 'nothing' })
    expect(await inputOf({ from: 'target' }, { metadata: { ...MODEL, inputs: [] } })).toEqual({
      from: 'nothing',
    })
  })
})

it('resolves inputs that are made of others, with the model of the target', async () => {
  const image = { input: 'image', package: 'servebench', options: { size: 2, name: 'x' } }
  const input: InputPlan = {
    from: 'provider',
    kind: 'repeat',
    package: 'servebench',
    options: { input: image },
  }
  const metadata: TargetMetadata = {
    ...MODEL,
    inputs: [{ name: 'x', datatype: 'UINT8', shape: [-1, 3, 2, 2] }],
  }
  const sample = await sampleOf(await inputOf(input, { metadata }))
  expect(sample).toMatchObject({ tensors: { x: { datatype: 'UINT8', shape: [1, 3, 2, 2] } } })
  await expect(inputOf({ ...input, options: { input: 5 } }, {})).rejects.toThrow(
    'Only inputs from factories can be mixed or repeated.',
  )
})
