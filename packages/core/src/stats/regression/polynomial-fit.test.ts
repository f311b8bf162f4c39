import { describe, expect, it } from 'vitest'
import { drawNormal } from '../draws/normal.ts'
import type { Random } from '../prng.ts'
import { createRandom } from '../seed.ts'
import { fTail } from '../special/f-tail.ts'
import {
  coefficientInterval,
  fitPolynomial,
  meanIntervalAt,
  nestedTest,
  polynomialAt,
  ratioInterval,
  type FitPoint,
  type PolynomialFit,
} from './polynomial-fit.ts'

const random = (repeat: number): Random =>
  createRandom({ seed: 'regression', path: [], repeat, stream: 'main', purpose: 'test' })

function pointsOf(xs: readonly number[], at: (x: number) => number): readonly FitPoint[] {
  return xs.map((x) => ({ x, y: at(x) }))
}
/** Relative noise, with the weights that belong to it. */
function noisy(
  xs: readonly number[],
  at: (x: number) => number,
  noise: number,
  draws: Random,
): readonly FitPoint[] {
  return xs.map((x) => {
    const y = at(x) * (1 + noise * drawNormal(draws))
    return { x, y, weight: 1 / (y * y) }
  })
}
function fit(points: readonly FitPoint[], degree: number): PolynomialFit {
  return fitPolynomial(points, degree) as PolynomialFit
}

const BATCHES = [1, 2, 4, 8, 16, 32]

// NIST StRD, Pontius: deflections of a load cell, twice by 20 loads from 150 000 to 3 000 000.
const PONTIUS = [
  0.11019, 0.21956, 0.32949, 0.43899, 0.54803, 0.65694, 0.76562, 0.87487, 0.98292, 1.09146, 1.20001, 1.30822,
  1.41599, 1.52399, 1.63194, 1.73947, 1.84646, 1.95392, 2.06128, 2.16844, 0.11052, 0.22018, 0.32939, 0.43886,
  0.54798, 0.65739, 0.76596, 0.87474, 0.983, 1.0915, 1.20004, 1.30818, 1.41613, 1.52408, 1.63159, 1.73965,
  1.84696, 1.95445, 2.06177, 2.16829,
].map((y, index) => ({ x: 150_000 * ((index % 20) + 1), y }))

describe('a polynomial of least squares', () => {
  it('has the certified values of NIST’s data set Pontius', () => {
    const found = fit(PONTIUS, 2)
    const certified = [
      [0.673565789473684e-3, 0.107938612033077e-3],
      [0.732059160401003e-6, 0.157817399981659e-9],
      [-0.316081871345029e-14, 0.486652849992036e-16],
    ] as const
    for (const [index, [value, error]] of certified.entries()) {
      expect((found.coefficients[index] as number) / value).toBeCloseTo(1, 9)
      expect(Math.sqrt(found.covariance?.[index]?.[index] as number) / error).toBeCloseTo(1, 9)
    }
    expect(Math.sqrt(found.squares / found.freedom) / 0.205177424076185e-3).toBeCloseTo(1, 9)
  })

  it('is found exactly where it is given exactly, whatever its size and weights', () => {
    for (const [a, c] of [
      [4e6, 1e6],
      [0, 3],
      [1e-9, 2e5],
      [-5, 0.25],
    ] as const) {
      const points = pointsOf(BATCHES, (x) => a + c * x).map((point, index) => ({
        ...point,
        weight: 1 + index,
      }))
      const { coefficients } = fit(points, 1)
      expect(coefficients[0]).toBeCloseTo(a, 6)
      expect((coefficients[1] as number) / c).toBeCloseTo(1, 12)
    }
    const { coefficients } = fit(
      pointsOf([32, 64, 128, 256, 512], (x) => 7 + 0.5 * x + 0.003 * x * x),
      2,
    )
    expect(coefficients[0]).toBeCloseTo(7, 8)
    expect(coefficients[1]).toBeCloseTo(0.5, 10)
    expect(coefficients[2]).toBeCloseTo(0.003, 12)
  })

  it('counts a weight as that many equal points', () => {
    const points = noisy(BATCHES, (x) => 3 + x, 0.2, random(0))
    const weighted = fit(
      points.map(({ x, y }, index) => ({ x, y, weight: index + 1 })),
      1,
    )
    const repeated = fit(
      points.flatMap(({ x, y }, index) => Array.from({ length: index + 1 }, () => ({ x, y }))),
      1,
    )
    for (const index of [0, 1]) {
      expect(weighted.coefficients[index]).toBeCloseTo(repeated.coefficients[index] as number, 10)
    }
    expect(weighted.squares).toBeCloseTo(repeated.squares, 10)
  })

  it('is none where the points do not tell it', () => {
    expect(fitPolynomial([], 1)).toBeNull()
    expect(
      fitPolynomial(
        pointsOf([3, 3, 3], () => 1),
        1,
      ),
    ).toBeNull()
    expect(
      fitPolynomial(
        pointsOf([1, 2], (x) => x),
        2,
      ),
    ).toBeNull()
    expect(
      fitPolynomial(
        [
          { x: 1, y: NaN },
          { x: 2, y: 3 },
        ],
        1,
      ),
    ).toBeNull()
    expect(
      fitPolynomial(
        [
          { x: 1, y: 1 },
          { x: Infinity, y: 3 },
        ],
        1,
      ),
    ).toBeNull()
    expect(
      fitPolynomial(
        [
          { x: 1, y: 1, weight: 0 },
          { x: 2, y: 1, weight: 0 },
        ],
        1,
      ),
    ).toBeNull()
  })

  it('has no intervals where as many coefficients as points leave no errors', () => {
    const found = fit(
      pointsOf([1, 2], (x) => 3 * x),
      1,
    )
    expect(found.coefficients[1]).toBeCloseTo(3, 12)
    expect(found.covariance).toBeNull()
    expect(coefficientInterval(found, 0)).toBeNull()
    expect(meanIntervalAt(found, 1)).toBeNull()
    expect(ratioInterval(found, [0, 1])).toBeNull()
  })
})

describe('its intervals', () => {
  const [a, c] = [4, 1]
  const truth = (x: number): number => a + c * x

  it('hold the truth in 95 % of all runs: coefficients, their ratio, and the line', () => {
    const runs = 2000
    const held = { fixed: 0, slope: 0, ratio: 0, line: 0 }
    const holds = (interval: readonly [number, number] | null, value: number): number =>
      interval !== null && interval[0] <= value && value <= interval[1] ? 1 : 0
    for (let run = 0; run < runs; run++) {
      const found = fit(noisy(BATCHES, truth, 0.05, random(1 + run)), 1)
      held.fixed += holds(coefficientInterval(found, 0), a)
      held.slope += holds(coefficientInterval(found, 1), c)
      held.ratio += holds(ratioInterval(found, [0, 1]), a / c)
      held.line += holds(meanIntervalAt(found, 12), truth(12))
    }
    // Four standard errors of 2000 runs; the weights are those of what was measured, not of the truth.
    for (const count of Object.values(held)) expect(Math.abs(count / runs - 0.95)).toBeLessThan(0.02)
  })

  it('of a ratio are none when its denominator may be 0', () => {
    const flat = fit(
      noisy(BATCHES, () => 5, 0.1, random(3)),
      1,
    )
    expect(coefficientInterval(flat, 1)?.[0]).toBeLessThan(0)
    expect(ratioInterval(flat, [0, 1])).toBeNull()
  })
})

describe('the F test of nested polynomials', () => {
  it('has the tail of F', () => {
    // scipy.stats.f.sf
    expect(fTail(10.13, 1, 3)).toBeCloseTo(0.05, 3)
    expect(fTail(161.4476387975881, 1, 1)).toBeCloseTo(0.05, 10)
    expect(fTail(3.3258345304130112, 5, 10)).toBeCloseTo(0.05, 10)
    expect(fTail(0, 2, 3)).toBe(1)
    expect(fTail(Infinity, 2, 3)).toBe(0)
    // For two degrees above, a closed form: (1 + 2f/d)^(−d/2).
    expect(fTail(3, 2, 4)).toBeCloseTo(1 / 6.25, 12)
  })

  it('calls a line a line as often as it says, and sees a curve', () => {
    const xs = [32, 64, 128, 256, 384, 512]
    let alarms = 0
    const runs = 2000
    for (let run = 0; run < runs; run++) {
      const points = noisy(xs, (x) => 20 + x, 0.03, random(run))
      if (nestedTest(fit(points, 1), fit(points, 2)) < 0.05) alarms += 1
    }
    expect(Math.abs(alarms / runs - 0.05)).toBeLessThan(0.02)
    const curve = noisy(xs, (x) => 20 + x + 0.01 * x * x, 0.03, random(9))
    expect(nestedTest(fit(curve, 1), fit(curve, 2))).toBeLessThan(0.01)
  })

  it('takes rounding for no curve, and no curve from points without errors', () => {
    const line = pointsOf([1, 3, 7, 9, 12], (x) => 0.1 + 0.7 * x)
    expect(nestedTest(fit(line, 1), fit(line, 2))).toBe(1)
    const three = pointsOf([1, 2, 3], (x) => x * x)
    expect(nestedTest(fit(three, 1), fit(three, 2))).toBe(1)
    const square = pointsOf([1, 2, 3, 4], (x) => x * x)
    expect(nestedTest(fit(square, 1), fit(square, 2))).toBeLessThan(1e-9)
    expect(polynomialAt(fit(square, 2), 5)).toBeCloseTo(25, 9)
  })
})
