import { deflateSync } from 'node:zlib'
import * as oracle from 'hdr-histogram-js'
import { describe, expect, it } from 'vitest'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { decodeHdr, encodeHdr, HdrHistogram, mergeHdr } from './hdr.ts'

/** Left out of the package's types. */
interface Equivalence {
  highestEquivalentValue(value: number): number
}

const PYTHON = 'HISTFAAAADN4nJNpmSzMwMAgwAABzFCakYFBYe9zMwcG+w8QgfP8TGf5mSZ6MnW7sS2cz8gEAM7HCXg='

const SAMPLES: readonly (readonly [string, readonly (readonly [number, number])[]])[] = [
  ['one small value', [[7, 1]]],
  ['zero', [[0, 3]]],
  [
    'both sides of the exact range',
    [
      [2046, 1],
      [2047, 2],
      [2048, 3],
      [2049, 4],
      [4095, 5],
      [4096, 6],
    ],
  ],
  [
    'large counts',
    [
      [1_000_000, 4_000_000_000],
      [50_000_000, 123_456_789_012],
    ],
  ],
  [
    'hours',
    [
      [1, 1],
      [3_600_000_000_000, 2],
      [2 ** 45 + 12_345, 3],
    ],
  ],
  [
    'around 2^32',
    [
      [2 ** 32 - 1, 1],
      [2 ** 32, 1],
      [2 ** 32 + 1, 1],
      [2 ** 33, 1],
    ],
  ],
  [
    'a thousand values',
    Array.from({ length: 1000 }, (_, index) => [Math.floor(1e3 * 1.012 ** index), index + 1] as const),
  ],
]

function build(pairs: readonly (readonly [number, number])[]): HdrHistogram {
  const histogram = new HdrHistogram()
  for (const [value, count] of pairs) histogram.record(value, count)
  return histogram
}

describe('HdrHistogram', () => {
  it.each(SAMPLES)('writes %s so that hdr-histogram-js reads the same counts', (_, pairs) => {
    const ours = build(pairs)
    const theirs = oracle.decodeFromCompressedBase64(ours.encode(), 64) as oracle.Histogram & Equivalence
    expect(theirs.totalCount).toBe(ours.count)
    for (const [value] of pairs) {
      expect(ours.valueAtRank(ours.countUpTo(value))).toBe(theirs.highestEquivalentValue(value))
    }
    for (const percentile of [1, 50, 90, 99, 99.9, 100]) {
      const rank = Math.max(1, Math.ceil((percentile / 100) * ours.count))
      expect(ours.valueAtRank(rank)).toBe(theirs.getValueAtPercentile(percentile))
    }
  })

  it.each(SAMPLES)('reads %s as hdr-histogram-js writes it', (_, pairs) => {
    const theirs = oracle.build({ bitBucketSize: 64, numberOfSignificantValueDigits: 3, autoResize: true })
    for (const [value, count] of pairs) theirs.recordValueWithCount(value, count)
    expect([...decodeHdr(oracle.encodeIntoCompressedBase64(theirs)).entries()]).toEqual([
      ...build(pairs).entries(),
    ])
  })

  it('reads other precisions within their own error', () => {
    const theirs = oracle.build({
      bitBucketSize: 64,
      numberOfSignificantValueDigits: 2,
      lowestDiscernibleValue: 1000,
      highestTrackableValue: 1e12,
    })
    theirs.recordValueWithCount(123_456_789, 5)
    const [entry] = [...decodeHdr(oracle.encodeIntoCompressedBase64(theirs)).entries()]
    expect(entry?.[1]).toBe(5)
    expect(Math.abs((entry?.[0] ?? 0) / 123_456_789 - 1)).toBeLessThan(0.01)
  })

  // Written by the Python package `hdrhistogram` 0.10.8 from 1 µs, 2 µs, 50 µs, 1 ms, 1.0001 ms, 1.0002 ms and 1 s.
  it('reads what the Python package wrote', () => {
    const histogram = decodeHdr(PYTHON)
    expect(histogram.count).toBe(7)
    expect([...histogram.entries()].map(([, count]) => count)).toEqual([1, 1, 1, 3, 1])
    expect(histogram.valueAtRank(1)).toBe(1000)
    expect(histogram.valueAtRank(7)).toBe(1_000_341_503)
  })

  it('keeps every value within 1/1024 of its bucket', () => {
    for (let value = 1; value < 2 ** 52; value = Math.ceil(value * 1.37)) {
      const histogram = build([[value, 1]])
      const [entry] = [...histogram.entries()]
      const low = entry?.[0] ?? NaN
      const high = histogram.valueAtRank(1)
      expect(low <= value && value <= high).toBe(true)
      expect((high - low) / value).toBeLessThan(1 / 1024)
    }
  })

  it('round-trips, and the union of halves is the whole', () => {
    const [, pairs] = SAMPLES.at(-1) as (typeof SAMPLES)[number]
    const whole = build(pairs)
    const halves = [pairs.filter((_, index) => index % 2 === 0), pairs.filter((_, index) => index % 2 === 1)]
    const merged = mergeHdr([...halves.map((half) => encodeHdr(half)), null])
    expect([...merged.entries()]).toEqual([...whole.entries()])
    expect([...decodeHdr(whole.encode()).entries()]).toEqual([...whole.entries()])
  })

  it('takes over the buckets of a fine LogLinearHistogram as they are', () => {
    const fine = new LogLinearHistogram()
    const values = [0, 1, 2047, 2048, 2049, 4096, 50_000, 1_000_003, 2 ** 32 + 7, 3.6e12]
    for (const value of values) fine.record(value)
    expect([...decodeHdr(encodeHdr(fine.entries()) as string).entries()]).toEqual([...fine.entries()])
    expect(encodeHdr(fine.entries())).toBe(build(values.map((value) => [value, 1])).encode())
  })

  it('has nothing to encode when nothing was counted', () => {
    expect(encodeHdr([])).toBeNull()
    expect(new HdrHistogram().valueAtRank(1)).toBeNaN()
  })

  it.each([
    '',
    'AAAA',
    'not base64 at all',
    build([[5, 1]])
      .encode()
      .slice(0, 20),
    'A'.repeat(4000),
  ])('refuses %j', (text) => {
    expect(() => decodeHdr(text)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_HDR' }))
  })

  it('refuses a histogram whose zero run leaves the range of numbers', () => {
    const payload = Buffer.alloc(60)
    payload.writeUInt32BE(0x1c849313, 0)
    payload.writeUInt32BE(10, 4)
    payload.writeUInt32BE(3, 12)
    payload.writeBigInt64BE(1n, 16)
    payload.set([0xff, 0xff, 0xff, 0xff, 0xff, 0x07, 2, 2, 2, 2], 40)
    const body = deflateSync(payload)
    const head = Buffer.alloc(8)
    head.writeUInt32BE(0x1c849314, 0)
    head.writeUInt32BE(body.byteLength, 4)
    expect(() => decodeHdr(Buffer.concat([head, body]).toString('base64'))).toThrow('HdrHistogram V2')
  })

  it('refuses a histogram that unpacks to more than 16 MiB', () => {
    const body = deflateSync(Buffer.alloc(64 * 1024 * 1024))
    const head = Buffer.alloc(8)
    head.writeUInt32BE(0x1c849314, 0)
    head.writeUInt32BE(body.byteLength, 4)
    expect(() => decodeHdr(Buffer.concat([head, body]).toString('base64'))).toThrow('HdrHistogram V2')
  })
})
