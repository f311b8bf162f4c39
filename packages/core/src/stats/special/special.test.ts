import { describe, expect, it } from 'vitest'
import { binomialTerm } from './binomial-term.ts'
import { binomialCdf, binomialQuantile, shareInterval } from './binomial.ts'
import { clumpedCountQuantile } from './clumped-count.ts'
import { incompleteBeta, inverseIncompleteBeta } from './incomplete-beta.ts'
import { logGamma, stirlingError } from './log-gamma.ts'
import { normalCdf, normalQuantile } from './normal.ts'
import { studentTQuantile } from './student-t.ts'

// Expected values: mpmath with 40 digits (for parameters in the millions scipy 1.x with double precision).

/** Twelve digits unless said otherwise. */
function near(actual: number, expected: number, tolerance = 1e-12): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(tolerance * Math.abs(expected))
}

describe('logGamma', () => {
  it.each([
    [1e-5, 11.512919692895826],
    [0.1, 2.252712651734206],
    [0.5, 0.5723649429247001],
    [0.999, 0.0005780385328913802],
    [1, 0],
    [1.001, -0.0005763935982833062],
    [1.5, -0.12078223763524522],
    [2, 0],
    [3.7, 1.428072326665388],
    [5, 3.1780538303479458],
    [10, 12.801827480081469],
    [11.99, 17.477885575426185],
    [12, 17.502307845873887],
    [50.5, 146.51925549072064],
    [1000, 5905.220423209181],
    [1234567.8, 16081759.880056107],
    [5000000, 72124735.55845618],
  ])('of %d', (x, expected) => {
    expect(Math.abs(logGamma(x) - expected)).toBeLessThan(1e-14 * Math.max(1, Math.abs(expected)))
  })

  it('is what Stirling’s formula and its error give', () => {
    // ln 20! and ln 3!
    near((20 + 0.5) * Math.log(20) - 20 + 0.9189385332046728 + stirlingError(20), 42.335616460753485)
    near((3 + 0.5) * Math.log(3) - 3 + 0.9189385332046728 + stirlingError(3), Math.log(6))
  })
})

describe('binomialTerm', () => {
  it.each([
    [3, 10, 0.2, 0.20132659200000003],
    [0, 50, 0.01, 0.6050060671375367],
    [50, 50, 0.99, 0.6050060671375364],
    [990, 1000, 0.99, 0.12574021112620737],
    [2500000, 5000000, 0.5, 0.0003568248053893135],
    [4999000, 5000000, 0.9998, 0.012615872999065024],
  ])('of %d in %d at %d', (x, n, p, expected) => {
    near(binomialTerm(x, n, p, 1 - p), expected)
  })

  it('adds up to 1, also at the ends of p', () => {
    for (const [n, p] of [
      [1, 0.3],
      [12, 0.5],
      [400, 0.01],
    ] as const) {
      let sum = 0
      for (let x = 0; x <= n; x++) sum += binomialTerm(x, n, p, 1 - p)
      near(sum, 1)
    }
    expect([binomialTerm(0, 5, 0, 1), binomialTerm(1, 5, 0, 1), binomialTerm(5, 5, 1, 0)]).toEqual([1, 0, 1])
  })
})

describe('incompleteBeta', () => {
  it.each([
    [0.5, 0.5, 0.3, 0.36901011956554536],
    [2, 3, 0.5, 0.6875],
    [10, 1, 0.9, 0.3486784401000001],
    [1, 10, 0.02, 0.18292719311245312],
    [5.5, 0.25, 0.99, 0.479555280374048],
    [50, 60, 0.4, 0.12470685834310036],
    [300, 300, 0.55, 0.9929484138910369],
    [0.1, 40, 1e-6, 0.3813937573370677],
    [1000, 12, 0.98, 0.01829595134328174],
    [9900, 101, 0.991, 0.8661540155812499],
    [4999000, 1001, 0.9998, 0.5084093672119518],
    [2500000, 2500001, 0.4999, 0.3275218636841159],
  ])('I(a=%d, b=%d) at %d', (a, b, x, expected) => {
    near(incompleteBeta(x, a, b), expected)
  })

  it('is 0 and 1 at the ends', () => {
    expect([incompleteBeta(0, 2, 3), incompleteBeta(1, 2, 3)]).toEqual([0, 1])
  })
})

describe('inverseIncompleteBeta', () => {
  it.each([
    [0.025, 1, 10, 0.0025285785444617848],
    [0.975, 1, 10, 0.3084971078187608],
    [0.5, 2, 3, 0.38572756813238956],
    [0.025, 0.5, 0.5, 0.001541333133436012],
    [1e-10, 3, 2, 0.00029242315320945303],
    [0.975, 101, 9900, 0.012149504886061608],
    [0.3, 0.05, 2, 1.3141323697989834e-11],
    [0.999999, 20, 0.5, 0.9999999999999603],
  ])('of %d, a=%d, b=%d', (probability, a, b, expected) => {
    near(inverseIncompleteBeta(probability, a, b), expected)
  })

  it('undoes incompleteBeta over many magnitudes', () => {
    for (const a of [0.3, 1, 7, 250]) {
      for (const b of [0.3, 1, 7, 250]) {
        for (const probability of [1e-6, 0.01, 0.4, 0.9, 0.9999]) {
          const x = inverseIncompleteBeta(probability, a, b)
          if (x < 1 - 1e-9) near(incompleteBeta(x, a, b), probability, 1e-10)
        }
      }
    }
  })
})

describe('normal distribution', () => {
  it.each([
    [-37, 5.725571222524577e-300],
    [-10, 7.619853024160525e-24],
    [-7.2, 3.0106279811174334e-13],
    [-7, 1.279812543885835e-12],
    [-5, 2.866515718791939e-7],
    [-3, 0.0013498980316300946],
    [-1.96, 0.024997895148220435],
    [-1, 0.15865525393145705],
    [-0.1, 0.460172162722971],
    [0, 0.5],
    [0.5, 0.6914624612740131],
    [1.644853626951, 0.9499999999999512],
    [3, 0.9986501019683699],
    [6, 0.9999999990134123],
  ])('P(Z ≤ %d)', (z, expected) => {
    near(normalCdf(z), expected)
  })

  it.each([
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798407],
    [1e-9, -5.9978070150076865],
    [0.001, -3.0902323061678136],
    [0.025, -1.9599639845400543],
    [0.05, -1.6448536269514726],
    [0.3, -0.5244005127080408],
    [0.5, 0],
    [0.75, 0.6744897501960817],
    [0.975, 1.9599639845400538],
    [0.995, 2.5758293035489004],
    [0.9999, 3.7190164854557084],
  ])('quantile of %d', (probability, expected) => {
    near(normalQuantile(probability), expected)
  })

  it('has no finite quantile of 0 and 1, and none outside', () => {
    expect([normalQuantile(0), normalQuantile(1), normalQuantile(-0.1), normalQuantile(NaN)]).toEqual([
      -Infinity,
      Infinity,
      NaN,
      NaN,
    ])
  })

  it('joins its two formulas', () => {
    for (const [z, expected] of [
      [-3.99, 3.303664762940242e-5],
      [-4, 3.1671241833119924e-5],
      [-4.01, 3.035937392661822e-5],
    ] as const) {
      near(normalCdf(z), expected)
    }
  })
})

describe('Student’s t', () => {
  it.each([
    [0.975, 1, 12.706204736174694],
    [0.975, 2, 4.302652729749462],
    [0.975, 3, 3.1824463052837086],
    [0.975, 7, 2.364624251592785],
    [0.975, 15, 2.131449545559775],
    [0.975, 29, 2.045229642132704],
    [0.975, 100, 1.9839715185235518],
    [0.975, 10000, 1.960201239890626],
    [0.95, 5, 2.0150483733330233],
    [0.995, 9, 3.249835541592126],
    [0.9999, 3, 22.203742273205002],
    [0.6, 4, 0.27072229470759734],
    [0.51, 2.5, 0.027643841331840103],
    [0.975, 0.7, 36.61141503158865],
  ])('quantile of %d with %d degrees of freedom', (probability, freedom, expected) => {
    near(studentTQuantile(probability, freedom), expected)
    near(studentTQuantile(1 - probability, freedom), -expected, 1e-10)
  })

  it('is 0 in the middle and infinite at the ends', () => {
    expect([studentTQuantile(0.5, 3), studentTQuantile(1, 3), studentTQuantile(0, 3)]).toEqual([
      0,
      Infinity,
      -Infinity,
    ])
  })
})

describe('binomial distribution', () => {
  it.each([
    [0, 10, 0.5, 0.0009765625],
    [5, 10, 0.5, 0.623046875],
    [94, 100, 0.95, 0.38400087204385974],
    [989, 1000, 0.99, 0.4169591966989029],
    [995, 1000, 0.99, 0.9713136000009954],
    [2, 1000, 0.001, 0.9197906571597989],
  ])('P(B ≤ %d) of n=%d, p=%d', (k, n, p, expected) => {
    near(binomialCdf(k, n, p), expected)
  })

  it('has the quantiles that a sum of its terms has', () => {
    for (const [n, p] of [
      [1, 0.5],
      [10, 0.05],
      [60, 0.99],
      [500, 0.3],
      [3000, 0.999],
    ] as const) {
      for (const probability of [0.001, 0.025, 0.3, 0.5, 0.8, 0.975, 0.9999]) {
        let cdf = 0
        let k = -1
        while (cdf < probability - 1e-13) cdf += binomialTerm(++k, n, p, 1 - p)
        expect(binomialQuantile(probability, n, p)).toBe(k)
      }
    }
    expect([
      binomialQuantile(0, 9, 0.5),
      binomialQuantile(1, 9, 0.5),
      binomialQuantile(0.975, 100, 0),
    ]).toEqual([0, 9, 0])
  })
})

describe('shareInterval', () => {
  // Clopper and Pearson, from scipy.stats.beta.ppf
  it.each([
    [0, 10, 0, 0.3084971078187607],
    [1, 10, 0.0025285785444617848, 0.4450161170281954],
    [10, 10, 0.6915028921812392, 1],
    [5, 1000, 0.00162541951756276, 0.011629470559812147],
  ])('%d of %d', (successes, count, low, high) => {
    const interval = shareInterval(successes, count, 0.95)
    near(interval[0], low)
    near(interval[1], high)
  })
})

describe('clumpedCountQuantile', () => {
  /** The distribution by brute force: P(K clumps) · P(their sizes add up to n), summed. */
  function bruteForce(probability: number, mean: number, clump: number): number {
    const clumps = mean / clump
    const stop = 1 / clump
    const most = 400
    let sizes = new Float64Array(most)
    sizes[0] = 1
    let weight = Math.exp(-clumps)
    const total = Float64Array.from(sizes, (share) => share * weight)
    for (let k = 1; k < 200; k++) {
      const next = new Float64Array(most)
      for (let n = 1; n < most; n++) next[n] = next[n - 1]! * (1 - stop) + sizes[n - 1]! * stop
      sizes = next
      weight *= clumps / k
      for (let n = 0; n < most; n++) total[n]! += sizes[n]! * weight
    }
    let cdf = 0
    for (let n = 0; n < most; n++) if ((cdf += total[n]!) >= probability) return n
    return Infinity
  }

  it.each([
    [3, 1],
    [3, 4],
    [20, 1.5],
    [20, 6],
    [55, 1],
    [90, 3],
  ])('mean %d in clumps of %d', (mean, clump) => {
    for (const probability of [0.025, 0.2, 0.5, 0.9, 0.975]) {
      expect(clumpedCountQuantile(probability, mean, clump)).toBe(bruteForce(probability, mean, clump))
    }
  })

  it('is near its expansion where clumps are many', () => {
    for (const clump of [1, 2, 10]) {
      for (const probability of [0.025, 0.975]) {
        const many = clumpedCountQuantile(probability, 61 * clump, clump)
        const few = clumpedCountQuantile(probability, 59.9 * clump, clump)
        expect(Math.abs(many - few)).toBeLessThan(2.5 * clump)
      }
    }
  })

  it('scales where clumps are large', () => {
    const ratio = clumpedCountQuantile(0.975, 4_000_000, 400_000) / clumpedCountQuantile(0.975, 4000, 400)
    expect(Math.abs(ratio - 1000)).toBeLessThan(10)
  })
})
