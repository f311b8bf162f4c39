import { describe, expect, it, vi } from 'vitest'
import { ServebenchError } from './servebench-error.ts'
import { ValidationError } from './validation-error.ts'

describe('instanceof ServebenchError', () => {
  it('holds for its own and for derived errors, and for nothing else', () => {
    expect(new ServebenchError('SERVEBENCH_X', 'x') instanceof ServebenchError).toBe(true)
    expect(new ValidationError('x', []) instanceof ServebenchError).toBe(true)
    expect(new Error('x') instanceof ServebenchError).toBe(false)
    expect({ code: 'SERVEBENCH_X' } instanceof ServebenchError).toBe(false)
    expect((null as unknown) instanceof ServebenchError).toBe(false)
    expect(new ServebenchError('SERVEBENCH_X', 'x') instanceof ValidationError).toBe(false)
  })

  it('holds for errors of another copy of servebench', async () => {
    vi.resetModules()
    const copy = await import('./servebench-error.ts')
    expect(copy.ServebenchError).not.toBe(ServebenchError)
    expect(new copy.ServebenchError('SERVEBENCH_X', 'x') instanceof ServebenchError).toBe(true)
  })
})
