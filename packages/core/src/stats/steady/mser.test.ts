import { describe, expect, it } from 'vitest'
import { drawNormal } from '../draws/normal.ts'
import { Random } from '../prng.ts'
import { mserCut } from './mser.ts'

const ripple = (index: number): number => ((index * 7919) % 13) / 13

describe('mserCut', () => {
  /*
   * numpy 2.4:
   *   i=np.arange(200); y=np.where(i<37,50.0,10.0)+((i*7919)%13)/13+np.sin(i)
   *   b=y.reshape(-1,5).mean(1); n=len(b)
   *   v=[((b[d:]-b[d:].mean())**2).sum()/(n-d)**2 for d in range(n-4)]; np.argmin(v)*5, min(v)
   */
  it('agrees with numpy on a step', () => {
    const series = Float64Array.from({ length: 200 }, (_, i) => (i < 37 ? 50 : 10) + ripple(i) + Math.sin(i))
    const found = mserCut(series)
    expect(found).toMatchObject({ cut: 40, accepted: true })
    expect(found?.statistic).toBeCloseTo(0.0012855424269100045, 15)
  })

  /* The same with y=20*np.exp(-i/30)+((i*7919)%13)/13. */
  it('agrees with numpy on a decay that fills the series, and does not accept it', () => {
    const series = Float64Array.from({ length: 200 }, (_, i) => 20 * Math.exp(-i / 30) + ripple(i))
    const found = mserCut(series)
    expect(found).toMatchObject({ cut: 150, accepted: false })
    expect(found?.statistic).toBeCloseTo(0.0006527981357724436, 15)
  })

  it('finds the end of a warm-up of 200 of 2000 at five times the level, nearly always in [200, 260]', () => {
    let hits = 0
    let sum = 0
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random([seed, 48, 0, 0])
      const series = Float64Array.from(
        { length: 2000 },
        (_, i) => (i < 200 ? 5 : 1) * Math.exp(0.3 * drawNormal(random) - 0.045),
      )
      const { cut } = mserCut(series) as { cut: number }
      if (cut >= 200 && cut <= 260) hits += 1
      const rest = series.subarray(cut)
      for (const value of rest) sum += value / rest.length / 200
    }
    expect(hits).toBeGreaterThanOrEqual(190)
    // The mean of what is left is that of the steady part: 1, within 4 standard errors of 200 · 1800 values.
    expect(Math.abs(sum - 1)).toBeLessThan(4 * (0.307 / Math.sqrt(200 * 1800)))
  })

  it('says nothing about fewer than ten batches', () => {
    expect(mserCut(new Float64Array(49))).toBeNull()
    expect(mserCut(new Float64Array(50))).toMatchObject({ cut: 0, statistic: 0, accepted: true })
    expect(mserCut(new Float64Array(10), 1)).toMatchObject({ cut: 0 })
  })
})
