import { describe, expect, it } from 'vitest'
import { matchDevice, peakFor } from './match-device.ts'
import { loadPeaks } from './peaks.ts'
import {
  achievedBy,
  attainable,
  boundOf,
  intensityOf,
  mostExecutions,
  ridgePoint,
  trafficOf,
  type Work,
} from './roofline.ts'

const peaks = loadPeaks()

function roofOf(name: string, type: string) {
  const matched = matchDevice(peaks, { name, kind: 'gpu', cores: null })
  const peak = matched && peakFor(matched, type)
  return { peak: peak?.dense ?? Number.NaN, bandwidth: matched?.entry.bandwidth ?? Number.NaN }
}

describe('ridgePoint', () => {
  it.each([
    ['Tesla T4', 25.4, null, 203, null],
    ['Tesla V100-SXM2-16GB', 17.4, null, 139, null],
    ['NVIDIA A100-SXM4-40GB', 12.5, 100.3, 200.6, null],
    ['NVIDIA A100-SXM4-80GB', 9.6, 76.5, 153, null],
    ['NVIDIA H100 80GB HBM3', 20, 147.7, 295.3, 590.7],
    ['NVIDIA H200', 13.9, 103.1, 206.1, 412.3],
    ['NVIDIA L4', 101, 200, 403, null],
  ])('of %s is at the known places', (name, fp32, tf32, fp16, fp8) => {
    for (const [type, known] of Object.entries({ FP32: fp32, TF32: tf32, FP16: fp16, FP8: fp8 })) {
      if (known === null) continue
      const digits = Number.isInteger(known) ? 0.51 : 0.051
      expect(Math.abs(ridgePoint(roofOf(name, type)) - known), `${name} ${type}`).toBeLessThan(digits)
    }
  })
})

const work = (given: Partial<Work>): Work => ({
  flops: 0,
  parameterBytes: 0,
  touchedWeightBytes: 0,
  inputBytes: 0,
  outputBytes: 0,
  activationBytes: 0,
  ...given,
})

describe('intensityOf', () => {
  const [macs, parameters] = [4_089_184_256, 25_557_032]

  it('has the known answers for ResNet-50 in the mode of the article', () => {
    const of = (batch: number, elements: number) =>
      intensityOf(
        'article',
        work({
          flops: 2 * macs * batch,
          parameterBytes: 4 * parameters,
          activationBytes: 4 * elements * batch,
        }),
      )
    // Logits only; then the outputs of convolutions, pooling and the last layer.
    expect(of(1, 1000)).toBeCloseTo(80, 1)
    expect(of(1, 11_315_688)).toBeCloseTo(42.4, 1)
    expect(of(32, 11_315_688)).toBeCloseTo(87.3, 1)
  })

  it('has the known answers for weights alone', () => {
    const blocks = { flops: 2 * 11_173_625_856 }
    expect(intensityOf('compulsory', work({ ...blocks, touchedWeightBytes: 4 * 109_482_240 }))).toBeCloseTo(
      51,
      1,
    )
    expect(
      intensityOf('compulsory', work({ ...blocks, touchedWeightBytes: 4 * 12 * 7_087_872 })),
    ).toBeCloseTo(65.7, 1)
    const decode = { flops: 2 * 123_532_032 }
    const bytes = 124_439_808
    expect(intensityOf('compulsory', work({ ...decode, touchedWeightBytes: 4 * bytes }))).toBeCloseTo(0.5, 2)
    expect(intensityOf('compulsory', work({ ...decode, touchedWeightBytes: 2 * bytes }))).toBeCloseTo(0.99, 2)
  })

  it('says which roof is above: BERT computes on a T4, GPT-2 waits for memory everywhere', () => {
    expect(boundOf(roofOf('Tesla T4', 'FP32'), 51)).toBe('compute')
    for (const name of ['Tesla T4', 'NVIDIA H100 80GB HBM3', 'NVIDIA L4'])
      expect(boundOf(roofOf(name, 'FP16'), 0.99)).toBe('memory')
  })

  it('counts the traffic of each mode', () => {
    const one = work({
      flops: 1000,
      parameterBytes: 100,
      touchedWeightBytes: 80,
      inputBytes: 10,
      outputBytes: 5,
      activationBytes: 50,
    })
    expect(trafficOf('article', one)).toBe(200)
    expect(trafficOf('compulsory', one)).toBe(95)
    expect(trafficOf('streamed', one)).toBe(80 + 10 + 100 - 5)
    expect(trafficOf('measured', one)).toBeNull()
    expect(trafficOf('measured', one, 70)).toBe(70)
    expect(intensityOf('measured', one)).toBeNull()
    expect(intensityOf('compulsory', work({ flops: 1 }))).toBeNull()
  })
})

describe('mostExecutions', () => {
  it('bounds a stream of tokens by reading the weights once for each', () => {
    const roof = roofOf('NVIDIA H100 80GB HBM3', 'FP16')
    const parameters = 6_738_415_616
    expect(mostExecutions(roof, 2 * parameters, 2 * parameters)).toBeCloseTo(248.6, 1)
  })

  it('is bounded by what there is', () => {
    expect(mostExecutions({ peak: 100, bandwidth: 10 }, 50, 0)).toBe(2)
    expect(mostExecutions({ peak: 100, bandwidth: 10 }, 0, 20)).toBe(0.5)
    expect(attainable({ peak: 100, bandwidth: 10 }, 3)).toBe(30)
    expect(attainable({ peak: 100, bandwidth: 10 }, 30)).toBe(100)
  })
})

describe('achievedBy', () => {
  it('relates a rate to both roofs', () => {
    const roof = { peak: 1000, bandwidth: 100 }
    expect(achievedBy(roof, work({ flops: 10 }), 20, 5)).toEqual({
      flops: 200,
      bandwidth: 100,
      ofPeak: 0.2,
      ofAttainable: 1,
      ofBandwidth: 1,
    })
    expect(achievedBy(roof, work({ flops: 10 }), 20, null)).toMatchObject({ ofPeak: 0.2, ofAttainable: null })
  })
})
