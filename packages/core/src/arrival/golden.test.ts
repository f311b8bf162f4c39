import { expect, it } from 'vitest'
import { hashOf, openLoad, rateSegment, scheduleOf, take, withRates } from '../../test/support/arrivals.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import type { OpenLoadPlan } from './load-plan.ts'

/**
 * SHA-256 of the first 100 000 instants, as little-endian doubles. Another hash means that stored seeds no longer give
 * the schedule that they gave. Steps, square wave and the superposition of constants were computed anew in Python; the
 * random ones are pinned, and their distributions tested beside their processes.
 */
const GOLDEN: readonly (readonly [string, OpenLoadPlan, string])[] = [
  [
    'jittered',
    openLoad({ kind: 'jittered', jitter: 1 }, 400),
    '03454ef344f3c318cd627374d2a1a0e3342c4cea96310cab6f02048fb41f1b37',
  ],
  [
    'gamma',
    openLoad({ kind: 'gamma', cv: 2 }, 400),
    '1aff4205dbae165ae47918c0422532c0b403b0779d3d24e5b6a73af222be8997',
  ],
  [
    'weibull',
    openLoad({ kind: 'weibull', shape: 0.7 }, 400),
    '4dc54d0046a302195d04e5e0f3ce92c47b84396ab8791db43f7feb0af02cf25e',
  ],
  [
    'lognormal',
    openLoad({ kind: 'lognormal', cv: 1.5 }, 400),
    '848c3cf84861cf80cba962ba30eb044d5d672b0419989e397f4219b5544a78d8',
  ],
  [
    'hyperexponential',
    openLoad({ kind: 'hyperexponential', cv: 3 }, 400),
    'a8c37bfe2512f2e400fd45014d3b4894a8574553105b33a43decceb459612c52',
  ],
  [
    'mmpp',
    openLoad({ kind: 'mmpp', rates: [500, 50], dwell: [SECOND / 2, 2 * SECOND] }),
    '83454c27f515c22c116228b5a4a20f0211ea8b4390bc711f989cb99c859002a1',
  ],
  [
    'on/off',
    openLoad({ kind: 'mmpp', rates: [400, 0], dwell: [SECOND, SECOND] }),
    'd38b3cbd9369df5e0ff521e2e1da8399ecff74aa24600726d408ec8199bc5021',
  ],
  [
    'self-similar',
    openLoad({
      kind: 'selfSimilar',
      rate: 400,
      hurst: 0.8,
      sources: 32,
      on: 200 * MILLISECOND,
      off: 800 * MILLISECOND,
    }),
    'a1e78a9838ebe5a78927398f828cc9c8ed07c7e2151b4f3bd0dd7405f23c1f5e',
  ],
  [
    'steps',
    withRates({ kind: 'constant' }, [
      rateSegment(0, 10, 100),
      rateSegment(10, 20, 400),
      rateSegment(20, null, 200),
    ]),
    '31268b555841a01a75222e290d308b807da2a095cfd46db8db2202a256669fbc',
  ],
  [
    'sine, constant',
    openLoad({ kind: 'constant' }, 400, { kind: 'sine', period: 60 * SECOND, amplitude: 0.8, phase: 0 }),
    'd92a43c0907eb5dad0c4fd1ab5b615935c1a9c942409ef1801357fcdd7d0c535',
  ],
  [
    'sine, Poisson',
    openLoad({ kind: 'poisson' }, 400, { kind: 'sine', period: 60 * SECOND, amplitude: 0.8, phase: 0 }),
    'b63da3ab25a7a0ad91e09a49b4030f006426fc6ae9136368e98e0556f3bf2b9b',
  ],
  [
    'square wave',
    openLoad({ kind: 'constant' }, 400, {
      kind: 'pieces',
      pieces: [
        { length: SECOND, factor: 1, factorEnd: 1 },
        { length: 3 * SECOND, factor: 0, factorEnd: 0 },
      ],
    }),
    '842ce2d8556b630b736243ee8221dfbc4275ab3a20ceb8ecc57cec98eec20f75',
  ],
  [
    'superposition',
    openLoad({
      kind: 'superpose',
      parts: [
        openLoad({ kind: 'constant' }, 400),
        openLoad({ kind: 'burst', count: 1000, within: 10 * MILLISECOND, every: 2 * SECOND, after: SECOND }),
      ],
    }),
    '27bb87817402a690777fccce9996fe798ee860b573295b2c1e68d750cafc1298',
  ],
  [
    'slice',
    openLoad({ kind: 'slice', of: openLoad({ kind: 'constant' }, 400), low: 0.1, high: 0.4 }),
    '48e3f0694af41396b6b3be2dd5315f88a34a5383fbee760d18c54bf9be920295',
  ],
]

it.each(GOLDEN)('%s', (_, load, hash) => {
  const instants = take(scheduleOf(load), 100_000)
  expect(instants).toHaveLength(100_000)
  expect(hashOf(instants)).toBe(hash)
})
