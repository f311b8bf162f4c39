import { describe, expect, it } from 'vitest'
import { shareInterval } from '../special/binomial.ts'
import { certifyLimit } from './early-stopping.ts'
import { judgeShare, samplesBeyond } from './judge-share.ts'

describe('judgeShare', () => {
  // MLPerf: p99 at 99 % takes 459 requests without one over the limit, 662 with one; at 95 % without one 299.
  it.each([
    [0, 458, 0.99, 'undecided', 459],
    [0, 459, 0.99, 'pass', 459],
    [1, 661, 0.99, 'undecided', 662],
    [1, 662, 0.99, 'pass', 662],
    [0, 298, 0.95, 'undecided', 299],
    [0, 299, 0.95, 'pass', 299],
  ] as const)('p99 with %d of %d over the limit, at %d: %s', (over, count, confidence, verdict, needed) => {
    const judged = judgeShare({ over, count, allowed: 0.01, confidence })
    expect(judged.verdict).toBe(verdict)
    if (over === 0) expect(judged.needed).toBe(needed)
  })

  it('is the bound of the exact interval of Clopper and Pearson, from both sides', () => {
    for (const count of [10, 57, 300, 2000]) {
      for (let over = 0; over <= count; over += Math.ceil(count / 9)) {
        for (const allowed of [0.001, 0.01, 0.1, 0.5]) {
          const [low, high] = shareInterval(over, count, 0.9)
          const expected = high <= allowed ? 'pass' : low > allowed ? 'fail' : 'undecided'
          expect(judgeShare({ over, count, allowed, confidence: 0.95 }).verdict).toBe(expected)
          const percentile = 100 * (1 - allowed)
          expect(certifyLimit({ percentile, confidence: 0.95, within: count - over, over })).toBe(expected)
        }
      }
    }
  })

  it('knows that nothing allowed is nothing allowed, and that nothing measured is undecided', () => {
    expect(judgeShare({ over: 0, count: 5, allowed: 0, confidence: 0.95 }).verdict).toBe('pass')
    expect(judgeShare({ over: 1, count: 5, allowed: 0, confidence: 0.95 }).verdict).toBe('fail')
    expect(judgeShare({ over: 0, count: 0, allowed: 0, confidence: 0.95 }).verdict).toBe('undecided')
    expect(judgeShare({ over: 0, count: 0, allowed: 0.01, confidence: 0.95 })).toEqual({
      verdict: 'undecided',
      needed: 299,
    })
    expect(judgeShare({ over: 3, count: 100, allowed: 0.01, confidence: 0.95 }).needed).toBeNull()
  })
})

describe('samplesBeyond', () => {
  it.each([
    [99, 2000, undefined, 20, 2000],
    [99, 2000, 500, 5, 8000],
    [99.9, 1000, undefined, 1, 20_000],
    [90, 0, undefined, 0, 200],
    [50, 100, 1e9, 50, 40],
  ])('p%d of %d requests worth %s', (percentile, count, effective, beyond, needed) => {
    const judged = samplesBeyond(percentile, count, effective)
    expect(judged.beyond).toBeCloseTo(beyond, 6)
    expect(judged.needed).toBe(needed)
  })
})
