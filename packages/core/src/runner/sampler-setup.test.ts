import { describe, expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'
import { BUILTINS } from '../cli/builtins.ts'
import type { ResolvedConfig } from '../config/resolved-config.ts'
import type { BenchPlugin } from '../hooks/plugin.ts'
import type { SamplerContext, SamplerPlan } from '../hooks/providers.ts'
import { PluginHost } from './plugin-host.ts'
import { collectSamplers, configuredSamplers, connectSamplers, loadSamplers } from './sampler-setup.ts'

const CONTEXT: SamplerContext = { server: null, processes: [42], root: '/' }

function providing(name: string, ...kinds: readonly string[]): BenchPlugin {
  return {
    name,
    apiVersion: 1,
    apply: ({ hooks }) => {
      for (const kind of kinds) {
        hooks.createSampler.for(kind).tapPromise(name, async ({ options }, { processes }) => ({
          module: `file:///${name}/${kind}.js`,
          options: { ...options, processes: [...processes] },
        }))
      }
    },
  }
}

async function host(...plugins: readonly BenchPlugin[]): Promise<PluginHost> {
  const made = new PluginHost('/', { info: () => {}, warn: () => {} }, BUILTINS)
  for (const plugin of plugins) await made.apply(plugin)
  return made
}

async function load(
  samplers: ResolvedConfig['samplers'],
  plugins: PluginHost,
): Promise<readonly SamplerPlan[]> {
  await loadSamplers({ samplers } as ResolvedConfig, plugins)
  return configuredSamplers(samplers, plugins)
}

describe('samplers of the configuration', () => {
  it('are built in, or kinds that a plugin provides, with their options', async () => {
    const plugins = await host(providing('gpu-plugin', 'gpu', 'gpu-memory'))
    expect(await load(['host', ['gpu', { device: 1 }]], plugins)).toEqual([
      { kind: 'host', package: 'host', options: {} },
      { kind: 'gpu', package: 'gpu', options: { device: 1 } },
    ])
  })

  it('are all kinds of a file that is named', async () => {
    using project = temporaryProject({
      'power.ts': `export const plugin = { name: 'power', apiVersion: 1, apply({ hooks }) {
        for (const kind of ['rail', 'socket']) hooks.createSampler.for(kind).tapPromise('power', async () => undefined) } }`,
    })
    const plugins = new PluginHost(project.root, { info: () => {}, warn: () => {} }, BUILTINS)
    const samplers = await load([['./power.ts', { hz: 5 }]], plugins)
    expect(samplers.map(({ kind, options }) => [kind, options])).toEqual([
      ['rail', { hz: 5 }],
      ['socket', { hz: 5 }],
    ])
  })

  it.each([
    ['hots', "There is no sampler 'hots'."],
    ['no-such-package', "The plugin 'no-such-package' cannot be found."],
    ['console', "'console' provides no sampler."],
  ])('that do not exist are told: %s', async (name, message) => {
    await expect(load([name], await host())).rejects.toThrow(message)
  })
})

describe('the samplers of a trial', () => {
  const plan = (kind: string, options: SamplerPlan['options'] = {}): SamplerPlan => ({
    kind,
    package: 'x',
    options,
  })

  it('are those of the scenario, and the configured ones of other kinds', () => {
    expect(
      collectSamplers(
        [plan('host'), plan('gpu')],
        [plan('host', { network: true }), plan('scrape', { url: 'a' })],
      ),
    ).toEqual([plan('gpu'), plan('host', { network: true }), plan('scrape', { url: 'a' })])
  })

  it('are of one kind as often as their options differ', () => {
    expect(
      collectSamplers(
        [],
        [plan('scrape', { url: 'a' }), plan('scrape', { url: 'b' }), plan('scrape', { url: 'a' })],
      ),
    ).toEqual([plan('scrape', { url: 'a' }), plan('scrape', { url: 'b' })])
  })

  it('come from their providers', async () => {
    const plugins = await host(providing('gpu-plugin', 'gpu'))
    expect(await connectSamplers([plan('gpu', { device: 1 })], plugins, CONTEXT)).toEqual([
      { kind: 'gpu', module: 'file:///gpu-plugin/gpu.js', options: { device: 1, processes: [42] } },
    ])
    const [own] = await connectSamplers([{ ...plan('host'), package: 'servebench' }], plugins, CONTEXT)
    expect(own).toMatchObject({ kind: 'host', options: { processes: [42], network: false } })
  })

  it('of an unknown kind fail, with the likely spelling', async () => {
    const plugins = await host(providing('gpu-plugin', 'gpu'))
    const wrong = { kind: 'gpo', package: 'servebench', options: {} }
    await expect(connectSamplers([wrong], plugins, CONTEXT)).rejects.toMatchObject({
      code: 'SERVEBENCH_NO_PROVIDER',
      message: "No plugin provides samplers of the kind 'gpo'.",
      advice: "Did you mean 'gpu'?",
    })
  })
})
