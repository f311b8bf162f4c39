import { describe, expect, it } from 'vitest'
import { matcher } from './condition.ts'
import type { Condition } from './program.ts'

const head = {
  method: 'POST',
  path: '/v2/models/a/infer?x=1',
  header: (name: string) => (name === 'x-kind' ? 'slow' : undefined),
}

function matches(condition: Condition, index = 0, connection = 0, clock = 0): boolean {
  return matcher(condition, 1, 0)(head, index, connection, clock)
}

const draw = (seed: number, position: number) => {
  const test = matcher({ share: 0.3 }, seed, position)
  return Array.from({ length: 10_000 }, (_, index) => test(head, index, 0, 0))
}

describe('matcher', () => {
  it.each<[Condition, boolean]>([
    [{}, true],
    [{ path: '/v2/models/a/infer' }, true],
    [{ path: '/v2/models' }, false],
    [{ path: '/v2/*' }, true],
    [{ path: '/v1/*' }, false],
    [{ method: 'POST' }, true],
    [{ method: 'GET' }, false],
    [{ headers: { 'X-Kind': 'slow' } }, true],
    [{ headers: { 'X-Kind': 'fast' } }, false],
    [{ headers: { 'X-Other': 'slow' } }, false],
    [{ method: 'POST', path: '/v1/*' }, false],
  ])('looks at the request: %j is %s', (condition, expected) => {
    expect(matches(condition)).toBe(expected)
  })

  it('counts', () => {
    const all = Array.from({ length: 10 }, (_, index) => index)
    expect(all.filter((index) => matches({ every: 3 }, index))).toEqual([2, 5, 8])
    expect(all.filter((index) => matches({ from: 3, until: 5 }, index))).toEqual([3, 4])
    expect(all.filter((index) => matches({ indices: [7, 1] }, index))).toEqual([1, 7])
    expect(all.filter((number) => matches({ connection: 2 }, 0, number))).toEqual([2])
  })

  it('looks at the clock: from inclusive, until exclusive', () => {
    const during = { from: '1ms', until: '2ms' } as const
    expect([999_999, 1e6, 1_999_999, 2e6].map((clock) => matches({ during }, 0, 0, clock))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  it('draws a share, always the same one for a seed', () => {
    const first = draw(1, 0)
    const hits = first.filter(Boolean).length
    // Four standard deviations of the binomial distribution.
    expect(Math.abs(hits - 3000)).toBeLessThan(4 * Math.sqrt(10_000 * 0.3 * 0.7))
    expect(draw(1, 0)).toEqual(first)
    expect(draw(2, 0)).not.toEqual(first)
    expect(draw(1, 1)).not.toEqual(first)
  })
})
