import { describe, expect, it } from 'vitest'
import { PluginError } from '../errors/plugin-error.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { deserializeError, serializeError } from './serialized-error.ts'

const across = (thrown: unknown): ServebenchError => deserializeError(structuredClone(serializeError(thrown)))

describe('an error on its way between threads', () => {
  it('keeps code, message, advice, exit code and stack', () => {
    const error = new ServebenchError('SERVEBENCH_TARGET_TLS', 'No.', {
      advice: 'Do.',
      exitCode: ExitCode.target,
    })
    const copy = across(error)
    expect(copy).toBeInstanceOf(ServebenchError)
    expect(copy).toMatchObject({
      code: 'SERVEBENCH_TARGET_TLS',
      message: 'No.',
      advice: 'Do.',
      exitCode: ExitCode.target,
    })
    expect(copy.stack).toBe(error.stack)
  })

  it('keeps what a plugin’s error says', () => {
    expect(across(new PluginError('p', 'connect', new Error('boom')))).toMatchObject({
      code: 'SERVEBENCH_PLUGIN',
      message: "Plugin 'p' failed in connect: boom",
    })
  })

  it('tells its causes, each once, and not for ever', () => {
    const root = new Error('ECONNREFUSED')
    expect(across(new Error('cannot connect', { cause: root })).message).toBe('cannot connect (ECONNREFUSED)')
    expect(across(new Error('cannot connect: ECONNREFUSED', { cause: root })).message).toBe(
      'cannot connect: ECONNREFUSED',
    )
    expect(across(new Error('odd', { cause: 'text' })).message).toBe('odd (text)')
    const loop = new Error('around')
    loop.cause = new Error('and around', { cause: loop })
    expect(across(loop).message).toBe('around (and around)')
  })

  it.each([
    ['text', 'text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
  ])('may be anything: %j', (thrown, message) => {
    expect(across(thrown)).toMatchObject({ code: 'SERVEBENCH_INTERNAL', message })
  })
})
