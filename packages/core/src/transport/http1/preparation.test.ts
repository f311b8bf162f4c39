import { describe, expect, it } from 'vitest'
import { Preparation } from './preparation.ts'

function prepared(count: number, started = count): Preparation {
  const preparation = new Preparation(count)
  for (let index = 0; index < started; index++) preparation.started()
  return preparation
}

describe('Preparation', () => {
  it('finishes when all connections are usable', async () => {
    const preparation = prepared(2, 1)
    expect(preparation.wantsMore).toBe(true)
    preparation.succeeded()
    preparation.started()
    expect(preparation.wantsMore).toBe(false)
    preparation.succeeded()
    await preparation.finished
  })

  it('makes do with some, and tries no more after a failure', async () => {
    const preparation = prepared(5, 2)
    preparation.failed(new Error('refused'))
    expect(preparation.wantsMore).toBe(false)
    preparation.succeeded()
    await preparation.finished
  })

  it('fails with the first error when none is usable', async () => {
    const preparation = prepared(2)
    preparation.failed(new Error('first'))
    preparation.failed(new Error('second'))
    await expect(preparation.finished).rejects.toThrow('first')
  })

  it('ends in time', async () => {
    const some = prepared(3)
    some.succeeded()
    some.expire(new Error('too slow'))
    await some.finished
    const none = prepared(3)
    none.expire(new Error('too slow'))
    await expect(none.finished).rejects.toThrow('too slow')
  })
})
