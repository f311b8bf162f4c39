import { describe, expect, it } from 'vitest'
import { describeSampler } from './describe-sampler.ts'
import type { Sampler } from './sampler.ts'

const read = (): void => {}

describe('describeSampler', () => {
  it('fills in what is not said', () => {
    expect(describeSampler({ gauges: [{ name: 'gpu0.power', unit: 'W' }], read })).toEqual({
      gauges: [
        { name: 'gpu0.power', unit: 'W', device: null, bounds: [-Infinity, Infinity], covers: 'instant' },
      ],
      period: 100e6,
    })
  })

  it.each([
    [undefined, 'createSampler returned no sampler, which has `gauges` and `read`.'],
    [{ gauges: [] }, 'createSampler returned no sampler, which has `gauges` and `read`.'],
    [{ gauges: 'power', read }, 'createSampler returned no sampler, which has `gauges` and `read`.'],
    [{ gauges: [], read, period: 1e6 }, 'Its period must be at least 10000000 ns (10 ms), not 1000000.'],
    [{ gauges: [], read, period: '1s' }, "Its period must be at least 10000000 ns (10 ms), not '1s'."],
    [{ gauges: [{ name: 'a b', unit: '1' }], read }, "'a b' is no name of a gauge"],
    [{ gauges: [{ name: '__proto__', unit: '1' }], read }, "'__proto__' is no name of a gauge"],
    [{ gauges: [{ name: 7, unit: '1' }], read }, '7 is no name of a gauge'],
    [{ gauges: [null], read }, 'undefined is no name of a gauge'],
    [{ gauges: [{ name: 'a' }], read }, "The unit and the device of 'a' must be short text."],
    [
      { gauges: [{ name: 'a', unit: '1', device: 4 }], read },
      "The unit and the device of 'a' must be short text.",
    ],
    [
      { gauges: [{ name: 'a', unit: '1', bounds: [1, 0] }], read },
      "The bounds of 'a' must be [lowest, highest].",
    ],
    [
      { gauges: [{ name: 'a', unit: '1', bounds: [NaN, 0] }], read },
      "The bounds of 'a' must be [lowest, highest].",
    ],
    [{ gauges: [{ name: 'a', unit: '1', covers: 'all' }], read }, "must be 'instant' or 'interval'."],
    [
      {
        gauges: [
          { name: 'a', unit: '1' },
          { name: 'a', unit: '1' },
        ],
        read,
      },
      "It names the gauge 'a' twice.",
    ],
    [{ gauges: Array.from({ length: 1001 }, () => ({})), read }, '1001 gauges are more than the 1000'],
  ])('refuses what is none: %o', (sampler, message) => {
    expect(() => describeSampler(sampler as unknown as Sampler)).toThrow(message)
  })
})
