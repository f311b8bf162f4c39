import { describe, expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'
import type { ResolvedConfig } from '../config/resolved-config.ts'
import { PluginError } from '../errors/plugin-error.ts'
import type { RunContext } from '../hooks/contexts.ts'
import type { Bench, BenchPlugin } from '../hooks/plugin.ts'
import { PluginHost } from './plugin-host.ts'

const LOG = { info: () => {}, warn: () => {} }
const RUN = {} as RunContext

function host(builtins: ConstructorParameters<typeof PluginHost>[2] = {}, root = '/'): PluginHost {
  return new PluginHost(root, LOG, builtins)
}

/** A plugin that writes its name when a run starts. */
function named(name: string, order: string[], wishes: Partial<BenchPlugin> = {}): BenchPlugin {
  return {
    name,
    apiVersion: 1,
    ...wishes,
    apply: ({ hooks }) => hooks.runStart.tapPromise('whatever', async () => void order.push(name)),
  }
}

describe('applying a plugin', () => {
  it('happens once, with its options', async () => {
    const plugins = host()
    let options: unknown
    let applied = 0
    const plugin: BenchPlugin = {
      name: 'p',
      apiVersion: 1,
      apply: (bench) => {
        applied += 1
        options = bench.options
      },
    }
    await plugins.apply(plugin, { level: 3 })
    await plugins.apply(plugin, { level: 4 })
    expect(applied).toBe(1)
    expect(options).toEqual({ level: 3 })
  })

  it.each([
    [{ name: 'p', apiVersion: 2, apply() {} }, 'SERVEBENCH_PLUGIN_API'],
    [{ name: 'p', apply() {} }, 'SERVEBENCH_PLUGIN_API'],
    [{ name: 'p', apiVersion: 1 }, 'SERVEBENCH_PLUGIN_EXPORT'],
    [{ apiVersion: 1, apply() {} }, 'SERVEBENCH_PLUGIN_EXPORT'],
    [null, 'SERVEBENCH_PLUGIN_EXPORT'],
    ['text', 'SERVEBENCH_PLUGIN_EXPORT'],
  ])('refuses %j', async (plugin, code) => {
    await expect(host().apply(plugin as BenchPlugin)).rejects.toMatchObject({ code })
  })

  it('names the plugin whose apply fails, and tries it again when asked to', async () => {
    const plugins = host()
    let fails = true
    const plugin: BenchPlugin = {
      name: 'p',
      apiVersion: 1,
      apply: () => {
        if (fails) throw new Error('no device')
      },
    }
    const error: unknown = await plugins.apply(plugin).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(PluginError)
    expect((error as Error).message).toBe("Plugin 'p' failed in apply: no device")
    fails = false
    await plugins.apply(plugin)
  })
})

describe('what a plugin gets', () => {
  async function benchOf(plugins: PluginHost): Promise<Bench> {
    let bench: Bench | undefined
    await plugins.apply({ name: 'p', apiVersion: 1, apply: (given) => void (bench = given) })
    return bench as Bench
  }

  it('can tap, under its own name, and cannot call', async () => {
    const plugins = host()
    const { hooks } = await benchOf(plugins)
    hooks.runStart.tapPromise('another name', async () => {
      throw new Error('boom')
    })
    await expect(plugins.hooks.runStart.promise(RUN)).rejects.toThrow("Plugin 'p' failed in runStart: boom")
    expect(Object.keys(hooks.runStart)).not.toContain('promise')
    expect((hooks.connect.for('x') as { promise?: unknown }).promise).toBeUndefined()
  })

  it('hears which hooks there are when it taps another one', async () => {
    const { hooks } = await benchOf(host())
    expect(() => (hooks as unknown as Record<string, unknown>)['nonsense']).toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_UNKNOWN_HOOK',
        message: "Plugin 'p' taps a hook 'nonsense', which does not exist.",
        advice: expect.stringContaining('runStart'),
      }),
    )
  })

  it('has the configuration once that is resolved', async () => {
    const plugins = host()
    const bench = await benchOf(plugins)
    expect(() => bench.config).toThrow(expect.objectContaining({ code: 'SERVEBENCH_CONFIG_EARLY' }))
    plugins.config = { root: '/here' } as ResolvedConfig
    expect(bench.config.root).toBe('/here')
  })
})

describe('the order of taps', () => {
  it('is that of application, unless plugins ask for another', async () => {
    const order: string[] = []
    const plugins = host()
    await plugins.apply(named('third', order, { after: ['second'] }))
    await plugins.apply(named('second', order, { after: ['first'] }))
    await plugins.apply(named('first', order))
    await plugins.apply(named('zeroth', order, { before: ['first'] }))
    await plugins.hooks.runStart.promise(RUN)
    expect(order).toEqual(['zeroth', 'first', 'second', 'third'])
  })

  it('holds for keyed hooks, and for plugins that come when the hook has been called already', async () => {
    const plugins = host()
    const provider = (name: string, wishes: Partial<BenchPlugin> = {}): BenchPlugin => ({
      name,
      apiVersion: 1,
      ...wishes,
      apply: ({ hooks }) =>
        hooks.connect
          .for('x')
          .tapPromise(name, async () => ({ module: name, options: null, engine: name, multiplexed: false })),
    })
    await plugins.apply(provider('usual'))
    expect(await plugins.hooks.connect.for('x').promise({} as never, {} as never)).toMatchObject({
      engine: 'usual',
    })
    await plugins.apply(provider('override', { before: ['usual'] }))
    expect(await plugins.hooks.connect.for('x').promise({} as never, {} as never)).toMatchObject({
      engine: 'override',
    })
  })
})

describe('loading', () => {
  it('takes built-in plugins only for specs of the core', async () => {
    const applied: string[] = []
    const builtin = async () => ({ plugin: named('servebench/http', applied) })
    const plugins = host({ http: builtin })
    await expect(plugins.loadProvider('http', 'their-http')).rejects.toMatchObject({
      code: 'SERVEBENCH_PLUGIN_NOT_FOUND',
    })
    await plugins.hooks.runStart.promise(RUN)
    expect(applied).toEqual([])
    await plugins.loadProvider('http', 'servebench')
    await plugins.loadProvider('http', 'servebench')
    await plugins.loadProvider('unknown', 'servebench')
    await plugins.hooks.runStart.promise(RUN)
    expect(applied).toEqual(['servebench/http'])
  })

  it('finds a package from the file that names it, then from the root; a file by its path', async () => {
    const source = (name: string): string =>
      `export const plugin = { name: '${name}', apiVersion: 1, apply({ hooks }) { hooks.runStart.tapPromise('x', async (run) => void run.order.push('${name}')) } }`
    using project = temporaryProject({
      'node_modules/near/package.json': '{ "name": "near", "type": "module", "exports": "./i.js" }',
      'node_modules/near/i.js': source('of the root'),
      'packages/a/node_modules/near/package.json':
        '{ "name": "near", "type": "module", "exports": "./i.js" }',
      'packages/a/node_modules/near/i.js': source('of the package'),
      'plugins/own.ts': `type Name = string\n${source('own')}`,
    })
    const order: string[] = []
    const nested = host({}, project.root)
    await nested.load('near', {}, project.path('packages/a'))
    await nested.load('./plugins/own.ts')
    await nested.hooks.runStart.promise({ order } as never)
    expect(order).toEqual(['of the package', 'own'])
    const plain = host({}, project.root)
    await plain.load('near')
    await plain.hooks.runStart.promise({ order } as never)
    expect(order.at(-1)).toBe('of the root')
  })

  it('looks for no package whose plugin is applied already, such as from its sources', async () => {
    using project = temporaryProject({
      'src/plugin.mjs': `export const plugin = { name: 'their-package', apiVersion: 1, apply() {} }`,
    })
    const plugins = host({}, project.root)
    await expect(plugins.loadProvider('theirs', 'their-package')).rejects.toMatchObject({
      code: 'SERVEBENCH_PLUGIN_NOT_FOUND',
    })
    await plugins.load('./src/plugin.mjs')
    await plugins.loadProvider('theirs', 'their-package')
  })

  it('says what is missing, and finds it when it has been installed meanwhile', async () => {
    using project = temporaryProject()
    const plugins = host({}, project.root)
    await expect(plugins.load('late')).rejects.toMatchObject({
      code: 'SERVEBENCH_PLUGIN_NOT_FOUND',
      advice: 'Install it: npm install --save-dev late',
    })
    await expect(plugins.load('./late.ts')).rejects.toMatchObject({ code: 'SERVEBENCH_PLUGIN_NOT_FOUND' })
    project.write({ 'late.ts': `export default { name: 'late', apiVersion: 1, apply() {} }` })
    await plugins.load('./late.ts')
  })

  it('refuses a plugin that brings another version of the core along', async () => {
    using project = temporaryProject({
      'node_modules/old/package.json': '{ "name": "old", "type": "module", "exports": "./i.js" }',
      'node_modules/old/i.js': `export const plugin = { name: 'old', apiVersion: 1, apply() {} }`,
      'node_modules/old/node_modules/servebench/package.json':
        '{ "name": "servebench", "version": "98.0.1" }',
    })
    await expect(host({}, project.root).load('old')).rejects.toMatchObject({
      code: 'SERVEBENCH_TWO_COPIES',
      message: expect.stringMatching(/98\.0\.1 from .*old\/node_modules\/servebench by 'old'/),
    })
  })
})
