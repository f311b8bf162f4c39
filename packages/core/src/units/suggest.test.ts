import { describe, expect, it } from 'vitest'
import { suggest } from './suggest.ts'

const NAMES = ['duration', 'count', 'concurrency', 'rate', 'warmup']

describe('suggest', () => {
  it.each([
    ['duraton', 'duration'],
    ['cuont', 'count'],
    ['Rate', 'rate'],
    ['warm-up', 'warmup'],
    ['concurency', 'concurrency'],
  ])('takes %s for %s', (text, meant) => {
    expect(suggest(text, NAMES)).toBe(meant)
  })

  it.each(['', 'x', 'bananas', 'ab'])('has no idea what %j means', (text) => {
    expect(suggest(text, NAMES)).toBeUndefined()
  })
})
