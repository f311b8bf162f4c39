import { describe, expect, expectTypeOf, it } from 'vitest'
import { PluginError } from '../errors/plugin-error.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { createHooks, type Hooks } from './hooks.ts'

describe('createHooks', () => {
  it('names the plugin and the hook of whatever a tap throws', async () => {
    const hooks = createHooks()
    hooks.runStart.tapPromise('good', async () => {})
    hooks.runStart.tapPromise('bad', async () => {
      throw new Error('boom')
    })
    const failure = await hooks.runStart.promise({} as never).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(PluginError)
    expect(failure).toMatchObject({ plugin: 'bad', hook: 'runStart', code: 'SERVEBENCH_PLUGIN' })
    expect((failure as PluginError).message).toBe("Plugin 'bad' failed in runStart: boom")
    expect((failure as PluginError).cause).toBeInstanceOf(Error)
  })

  it('keeps the advice and the exit code of an error that has them', async () => {
    const hooks = createHooks()
    hooks.connect.for('x').tapPromise('p', async () => {
      throw new ServebenchError('SERVEBENCH_TEST', 'No.', { advice: 'Do that.', exitCode: ExitCode.target })
    })
    await expect(hooks.connect.for('x').promise({} as never, {} as never)).rejects.toMatchObject({
      code: 'SERVEBENCH_TEST',
      message: 'No.',
      plugin: 'p',
      advice: 'Do that.',
      exitCode: ExitCode.target,
      hook: "connect.for('x')",
    })
  })

  it('wraps an error once, however deep it comes from', async () => {
    const hooks = createHooks()
    hooks.runStart.tapPromise('outer', async () => {
      throw new PluginError('inner', 'connect', new Error('deep'))
    })
    await expect(hooks.runStart.promise({} as never)).rejects.toMatchObject({ plugin: 'inner' })
  })

  it('gives a keyed hook to its key only, and the first provider wins', async () => {
    const hooks = createHooks()
    const reference = (engine: string) => ({ module: 'file:///x', options: {}, engine, multiplexed: false })
    hooks.connect.for('a').tapPromise('one', async () => undefined)
    hooks.connect.for('a').tapPromise('two', async () => reference('two'))
    hooks.connect.for('a').tapPromise('three', async () => reference('three'))
    expect(await hooks.connect.for('a').promise({} as never, {} as never)).toMatchObject({ engine: 'two' })
    expect(await hooks.connect.for('b').promise({} as never, {} as never)).toBeUndefined()
  })

  it('passes a waterfall value on', async () => {
    const hooks = createHooks()
    hooks.resolvePlan.tapPromise('more', async (plan) => ({ ...plan, seed: `${plan.seed}!` }))
    hooks.resolvePlan.tapPromise('again', async (plan) => ({ ...plan, seed: `${plan.seed}?` }))
    expect(await hooks.resolvePlan.promise({ seed: 's', trials: [] })).toEqual({ seed: 's!?', trials: [] })
  })

  it('attributes errors of the synchronous snapshot too', () => {
    const hooks = createHooks()
    hooks.snapshot.tap('painter', () => {
      throw new Error('no colour')
    })
    expect(() => hooks.snapshot.call({} as never)).toThrow("Plugin 'painter' failed in snapshot: no colour")
  })
})

describe("the plugin's view", () => {
  it('offers one way to tap each hook, and no way to call one', () => {
    expectTypeOf<keyof Hooks['runStart']>().toEqualTypeOf<'tapPromise'>()
    expectTypeOf<keyof Hooks['resolvePlan']>().toEqualTypeOf<'tapPromise'>()
    expectTypeOf<keyof ReturnType<Hooks['connect']['for']>>().toEqualTypeOf<'tapPromise'>()
    expectTypeOf<keyof Hooks['snapshot']>().toEqualTypeOf<'tap'>()
    expectTypeOf<keyof Hooks['connect']>().toEqualTypeOf<'for'>()
  })
})
