import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  audio,
  bytes,
  detection,
  image,
  latent,
  mixed,
  pointCloud,
  recommendation,
  SPECIAL_VALUES,
  tabular,
  tensors,
  text,
  timeSeries,
  tokens,
  video,
} from '../../inputs.ts'
import type { InputSpec, Sample } from '../../plugin.ts'
import {
  described,
  firstSample,
  momentsOf,
  numbersOf,
  openInput,
  sampleAt,
  samplesOf,
  tensorOf,
} from '../../../test/support/inputs.ts'

const ALL: Readonly<Record<string, InputSpec>> = {
  image: image({ size: [6, 10], name: 'x' }),
  pixels: image({ size: 6, name: 'x', datatype: 'UINT8', layout: 'NHWC', noise: 0.5 }),
  jpeg: image({ size: [9, 17], format: 'jpeg' }),
  png: image({ size: [9, 17], format: 'png', channels: 4 }),
  detection: detection({ size: 32, objects: [1, 4], name: 'x' }),
  coco: detection({ size: 64, aspect: 'coco', name: 'x' }),
  latent: latent({ shape: [4, 8, 8], name: 'x', timestep: { name: 't' } }),
  tokens: tokens({ length: [3, 9], batch: 2, ids: 'zipf' }),
  text: text({ words: [3, 9] }),
  prompts: text({ maxTokens: [10, 20], request: { model: 'm' } }),
  audio: audio({ seconds: [0.01, 0.02], name: 'x' }),
  mel: audio({ seconds: [0.1, 0.2], format: 'log-mel', mels: 10, name: 'x', lengths: 'n' }),
  wav: audio({ seconds: 0.01, format: 'wav' }),
  recommendation: recommendation({ tables: [10, 1000, 5], lookups: 2, batch: 3 }),
  tabular: tabular({ features: 5, batch: 2, name: 'x' }),
  timeSeries: timeSeries({ steps: [5, 50], features: 2, name: 'x' }),
  video: video({ frames: [2, 4], size: 8, name: 'x' }),
  pointCloud: pointCloud({ points: [5, 50], name: 'x', lengths: 'n', batch: 2 }),
  bytes: bytes({ size: ['10B', '1KiB'] }),
  tensors: tensors({ shapes: { a: [2, 3], b: [4], c: [2] }, datatypes: { b: 'INT64', c: 'BYTES' } }),
}

describe.each(Object.entries(ALL))('%s', (_, spec) => {
  it('makes the same bytes for the same index, whatever was made before', async () => {
    const once = await openInput(spec)
    const forwards = [0, 1, 2].map((index) => sampleAt(once, index))
    const again = await openInput(spec)
    const backwards = [2, 1, 0].map((index) => sampleAt(again, index))
    const digests = (await Promise.all(forwards)).map(digest)
    expect((await Promise.all(backwards)).map(digest).reverse()).toEqual(digests)
    expect(new Set(digests).size).toBe(3)
    expect(digest(await sampleAt(again, 0, 'another seed'))).not.toBe(digests[0])
  })
})

function digest(sample: Sample): string {
  const hash = createHash('sha256')
  const add = (value: unknown): void => {
    if (ArrayBuffer.isView(value))
      hash.update(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    else if (typeof value === 'object' && value !== null)
      for (const [name, member] of Object.entries(value)) {
        hash.update(name)
        add(member)
      }
    else hash.update(String(value))
  }
  add(sample)
  return hash.digest('hex')
}

describe('image', () => {
  it('is laid out as asked for', async () => {
    const first = await firstSample(image({ size: [4, 6], batch: 2, noise: 0, name: 'x' }))
    const last = await firstSample(image({ size: [4, 6], batch: 2, noise: 0, name: 'x', layout: 'NHWC' }))
    expect(tensorOf(first).shape).toEqual([2, 3, 4, 6])
    expect(tensorOf(last).shape).toEqual([2, 4, 6, 3])
    const [a, b] = [numbersOf(first), numbersOf(last)]
    for (let n = 0; n < 2; n++)
      for (let c = 0; c < 3; c++)
        for (let pixel = 0; pixel < 24; pixel++)
          expect(a[n * 72 + c * 24 + pixel]).toBe(b[n * 72 + pixel * 3 + c])
  })

  it.each([0, 0.5, 1])('with noise %d has mean 0 and variance 1 in floating point', async (noise) => {
    const { mean, variance } = momentsOf(numbersOf(await firstSample(image({ size: 96, name: 'x', noise }))))
    const error = 5 / Math.sqrt(96 * 96 * 3)
    expect(Math.abs(mean)).toBeLessThan(error + 1e-6)
    expect(Math.abs(variance - 1)).toBeLessThan(error * 1.5 + 1e-6)
  })

  it('has pixels around gray, and INT8 the same less 128', async () => {
    const pixels = (datatype: 'UINT8' | 'INT8') =>
      firstSample(image({ size: 64, name: 'x', noise: 0.5, datatype }))
    const unsigned = numbersOf(await pixels('UINT8'))
    const signed = numbersOf(await pixels('INT8'))
    expect(signed).toEqual(unsigned.map((value) => value - 128))
    const { mean, variance } = momentsOf(unsigned)
    expect(Math.abs(mean - 127.5)).toBeLessThan(3)
    expect(Math.abs(Math.sqrt(variance) - 52)).toBeLessThan(4)
  })

  it('takes name, datatype and rank from the model', async () => {
    const metadata = described({ pixels: ['UINT8', 224, 224, 3] }, 0)
    const tensor = tensorOf(await firstSample(image({ size: 224, layout: 'NHWC' }), metadata), 'pixels')
    expect([tensor.datatype, tensor.shape]).toEqual(['UINT8', [224, 224, 3]])
    const batched = await firstSample(image({ size: 4, batch: 2 }), described({ x: ['BF16', -1, 3, 4, 4] }))
    expect(tensorOf(batched)).toMatchObject({ datatype: 'BF16', shape: [2, 3, 4, 4] })
    expect(batched.items).toBe(2)
  })

  it('is four times as high and wide when it is huge, and none when the batch is empty', async () => {
    expect(tensorOf(await firstSample(image({ size: 2, name: 'x', values: 'huge' }))).shape).toEqual([
      1, 3, 8, 8,
    ])
    const empty = await firstSample(image({ size: 2, name: 'x', values: 'empty-batch' }))
    expect([tensorOf(empty).shape, empty.items]).toEqual([[0, 3, 2, 2], 0])
  })

  it.each([
    [image({ size: 8 }), null, 'The target does not describe its inputs'],
    [image({ size: 8 }), described({ a: ['FP32'], b: ['FP32'] }), "several inputs ('a', 'b')"],
    [image({ size: 8, name: 'imag' }), described({ image: ['FP32'] }), "Did you mean 'image'?"],
    [image({ size: 8 }), described({ x: ['INT64', -1] }), 'takes INT64'],
    [image({ size: 0 }), null, 'size: must be a whole number of pixels above 0'],
    [
      image({ size: 8, quality: 101, format: 'jpeg' }),
      null,
      'quality: must be a whole number from 1 to 100.',
    ],
    [image({ size: 8, format: 'jpeg', values: 'nan' }), null, 'which an encoded image cannot have'],
    [image({ size: 8, format: 'jpeg', channels: 4 }), null, 'channels: must be 1 or 3 in JPEG.'],
    [image({ size: 8, name: 'x', datatype: 'UINT8', values: 'nan' }), null, 'UINT8 has no such value'],
    [image({ size: 8, colour: 1 } as never), null, 'colour: is no option.'],
  ])('says what is wrong #%#', async (spec, metadata, message) => {
    await expect(openInput(spec, metadata)).rejects.toThrow(message)
  })
})

it('draws rectangles, and shapes like those of COCO', async () => {
  const plain = numbersOf(await firstSample(detection({ size: 32, objects: 0, name: 'x', noise: 0 })))
  const drawn = numbersOf(await firstSample(detection({ size: 32, objects: 3, name: 'x', noise: 0 })))
  const changed = plain.filter((value, index) => value !== drawn[index]).length
  expect(changed).toBeGreaterThan(0)
  const samples = await samplesOf(detection({ size: 64, aspect: 'coco', name: 'x', distinct: 400 }), 400)
  const labels = Map.groupBy(samples, ({ label }) => label)
  for (const [label, group] of labels) {
    const [width, height] = (label as string).split(':').map(Number) as [number, number]
    const [, , h, w] = tensorOf(group[0] as Sample).shape as [number, number, number, number]
    expect(Math.max(h, w)).toBe(64)
    expect(Math.abs(w / h / (width / height) - 1)).toBeLessThan(0.03)
  }
  const share = (labels.get('4:3')?.length ?? 0) / samples.length
  expect(Math.abs(share - 0.58)).toBeLessThan(4 * Math.sqrt((0.58 * 0.42) / samples.length))
})

it('has latents of N(0, 1) and uniform time steps', async () => {
  const spec = latent({ shape: [4, 64, 64], batch: 8, name: 'z', timestep: { name: 't', steps: 10 } })
  const sample = await firstSample(spec, described({ z: ['FP16', -1, 4, 64, 64], t: ['INT64', -1] }))
  expect(tensorOf(sample, 'z')).toMatchObject({ datatype: 'FP16', shape: [8, 4, 64, 64] })
  const { mean, variance } = momentsOf(numbersOf(sample, 'z'))
  expect(Math.abs(mean)).toBeLessThan(0.02)
  expect(Math.abs(variance - 1)).toBeLessThan(0.03)
  expect(numbersOf(sample, 't').every((step) => step >= 0 && step < 10)).toBe(true)
  const scalar = await firstSample(spec, described({ z: ['FP32', -1, 4, 64, 64], t: ['INT64'] }))
  expect(tensorOf(scalar, 't')).toMatchObject({ shape: [], data: expect.objectContaining({ length: 1 }) })
})

describe('tokens', () => {
  const bert = described({
    input_ids: ['INT64', -1, -1],
    attention_mask: ['INT64', -1, -1],
    token_type_ids: ['INT64', -1, -1],
  })

  it('have markers at their ends, and are filled up to the longest', async () => {
    const sample = await firstSample(tokens({ length: [2, 12], batch: 6 }), bert)
    const [rows, width] = tensorOf(sample, 'input_ids').shape as [number, number]
    const ids = numbersOf(sample, 'input_ids')
    const mask = numbersOf(sample, 'attention_mask')
    expect(rows).toBe(6)
    let longest = 0
    for (let row = 0; row < rows; row++) {
      const of = (list: number[]): number[] => list.slice(row * width, (row + 1) * width)
      const length = of(mask).reduce((sum, bit) => sum + bit, 0)
      longest = Math.max(longest, length)
      expect([of(ids)[0], of(ids)[length - 1]]).toEqual([101, 102])
      expect(
        of(ids)
          .slice(length)
          .every((id) => id === 0),
      ).toBe(true)
      expect(of(mask)).toEqual(Array.from({ length: width }, (_, index) => Number(index < length)))
    }
    expect(width).toBe(longest)
    expect(numbersOf(sample, 'token_type_ids').every((id) => id === 0)).toBe(true)
  })

  it('are filled up to the longest possible, or to a multiple', async () => {
    const width = async (padTo: 'max' | number) =>
      tensorOf(await firstSample(tokens({ length: [5, 9], padTo }), bert), 'input_ids').shape[1]
    expect(await width('max')).toBe(9)
    expect(await width(16)).toBe(16)
  })

  it.each([
    ['all-padding', (ids: number[], mask: number[]) => [...ids, ...mask].every((value) => value === 0)],
    ['zeros', (ids: number[]) => ids.every((id) => id === 0)],
    ['last-id', (ids: number[]) => ids.every((id) => id === 99)],
    ['out-of-range', (ids: number[]) => ids.every((id) => id === 100)],
    ['duplicates', (ids: number[]) => new Set(ids).size === 1],
    ['single-token', (ids: number[]) => ids.length === 1],
    ['max-length', (ids: number[]) => ids.length === 8],
    ['empty-batch', (ids: number[]) => ids.length === 0],
  ] as const)('special: %s', async (values, holds) => {
    const sample = await firstSample(tokens({ length: [8, 8], vocabulary: 100, values }), bert)
    expect(holds(numbersOf(sample, 'input_ids'), numbersOf(sample, 'attention_mask'))).toBe(true)
  })

  it('share a beginning, and are labelled by length', async () => {
    const spec = tokens({ length: [10, 40], sharedPrefix: 0.5, buckets: [20, 30] })
    const samples = await samplesOf(spec, 16, bert)
    for (const sample of samples) {
      const ids = numbersOf(sample, 'input_ids')
      const [shared, other] = [Math.round(ids.length / 2), numbersOf(samples[0] as Sample, 'input_ids')]
      const common = Math.min(shared, Math.round(other.length / 2))
      expect(ids.slice(1, common)).toEqual(other.slice(1, common))
      expect(sample.label).toBe(ids.length <= 20 ? '≤20' : ids.length <= 30 ? '≤30' : '>30')
    }
    expect(new Set(samples.map(({ label }) => label)).size).toBeGreaterThan(1)
  })

  it('go to whatever the model has', async () => {
    const names = async (metadata: Parameters<typeof firstSample>[1], spec = tokens({ length: 4 })) =>
      Object.keys(((await firstSample(spec, metadata)) as { tensors: object }).tensors)
    expect(await names(bert)).toEqual(['input_ids', 'attention_mask', 'token_type_ids'])
    expect(await names(null)).toEqual(['input_ids', 'attention_mask'])
    expect(await names(described({ tokens: ['INT32', -1, -1] }))).toEqual(['tokens'])
    const odd = described({ a: ['INT64', -1, -1], b: ['INT64', -1, -1] })
    await expect(names(odd)).rejects.toThrow("no input 'input_ids'; it has 'a', 'b'.")
    expect(await names(odd, tokens({ length: 4, names: { ids: 'a', mask: 'b' } }))).toEqual(['a', 'b'])
  })
})

describe('text', () => {
  it('has as many words as asked for', async () => {
    const words = (sample: Sample): string[] => ('text' in sample ? sample.text.split(' ') : [])
    for (const sample of await samplesOf(text({ words: [5, 7] }), 64)) {
      expect(words(sample).length).toBeGreaterThanOrEqual(5)
      expect(words(sample).length).toBeLessThanOrEqual(7)
    }
    expect(await firstSample(text({ values: 'empty' }))).toEqual({ items: 1, text: '' })
    expect(words(await firstSample(text({ words: 9, values: 'single-word' })))).toHaveLength(1)
    expect(new Set(words(await firstSample(text({ words: 9, values: 'duplicates' })))).size).toBe(1)
  })

  it('becomes requests for generated text', async () => {
    const spec = text({ words: 3, maxTokens: [10, 20], request: { model: 'm', stream: true } })
    const { json } = (await firstSample(spec)) as { json: Record<string, unknown> }
    expect(json).toMatchObject({ ignore_eos: true, model: 'm', stream: true })
    expect((json['prompt'] as string).split(' ')).toHaveLength(3)
    expect(json['max_tokens']).toBeGreaterThanOrEqual(10)
    expect(json['max_tokens']).toBeLessThanOrEqual(20)
    await expect(openInput(text({ ignoreEos: false }))).rejects.toThrow('say maxTokens')
  })
})

describe('audio', () => {
  it('stays between −1 and 1, has a voice’s lengths, and silence', async () => {
    const sample = await firstSample(audio({ seconds: 0.5, name: 'x', rate: 8000 }))
    expect(tensorOf(sample).shape).toEqual([1, 4000])
    const values = numbersOf(sample)
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1)
    expect(momentsOf(values).variance).toBeGreaterThan(0.01)
    const silence = await firstSample(audio({ seconds: 0.1, name: 'x', values: 'silence' }))
    expect(numbersOf(silence).every((value) => value === 0)).toBe(true)
  })

  it('fills shorter recordings up with silence, and says how long each is', async () => {
    const metadata = described({ pcm: ['INT16', -1, -1], lengths: ['INT64', -1] })
    const spec = audio({ seconds: [0.01, 0.05], batch: 4, lengths: 'lengths' })
    const sample = await firstSample(spec, metadata)
    const counts = numbersOf(sample, 'lengths')
    const { shape, datatype } = tensorOf(sample, 'pcm')
    expect([datatype, shape]).toEqual(['INT16', [4, Math.max(...counts)]])
    const values = numbersOf(sample, 'pcm')
    for (const [row, count] of counts.entries()) {
      const rest = values.slice(row * (shape[1] as number) + count, (row + 1) * (shape[1] as number))
      expect(rest.every((value) => value === 0)).toBe(true)
    }
  })
})

describe('recommendation', () => {
  it.each(['zipf', 'uniform'] as const)('draws %s ids inside of every table', async (ids) => {
    const tables = [3, 1000, 50]
    const sample = await firstSample(recommendation({ tables, ids, lookups: 4, batch: 500, dense: 2 }))
    expect(tensorOf(sample, 'dense').shape).toEqual([500, 2])
    const { shape } = tensorOf(sample, 'ids')
    expect(shape).toEqual([500, 12])
    const list = numbersOf(sample, 'ids')
    for (const [table, rows] of tables.entries()) {
      const own = list.filter((_, index) => Math.floor((index % 12) / 4) === table)
      expect(own).toHaveLength(2000)
      expect(own.every((id) => id >= 0 && id < rows)).toBe(true)
      const harmonic = Array.from({ length: rows }, (_, index) => (index + 1) ** -1.05).reduce(
        (a, b) => a + b,
      )
      const expected = ids === 'zipf' ? 1 / harmonic : 1 / rows
      const first = own.filter((id) => id === 0).length / own.length
      expect(Math.abs(first - expected)).toBeLessThan(4 * Math.sqrt(expected / own.length))
    }
  })

  it.each([
    ['zeros', (ids: number[]) => ids.every((id) => id === 0)],
    ['last-id', (ids: number[]) => ids.every((id) => id === 9)],
    ['out-of-range', (ids: number[]) => ids.every((id) => id === 10)],
    ['duplicates', (ids: number[]) => new Set(ids).size === 1],
    ['distinct-ids', (ids: number[]) => new Set(ids).size === 8],
    ['empty-batch', (ids: number[]) => ids.length === 0],
  ] as const)('special: %s', async (values, holds) => {
    const sample = await firstSample(recommendation({ tables: [10], dense: 0, batch: 8, values }))
    expect(holds(numbersOf(sample, 'ids'))).toBe(true)
  })

  it('has a dimension for the lookups where the model has', async () => {
    const metadata = described({ dense: ['FP32', -1, 13], ids: ['INT64', -1, 2, 3] })
    const spec = recommendation({ tables: [5, 1000], lookups: 3, batch: 4 })
    const sample = await firstSample(spec, metadata)
    expect(tensorOf(sample, 'ids').shape).toEqual([4, 2, 3])
    expect(numbersOf(sample, 'ids').every((id, index) => index % 6 >= 3 || id < 5)).toBe(true)
  })

  it('has a tensor for each table where the model has', async () => {
    const metadata = described({ d: ['FP16', -1, 13], user: ['INT32', -1, 1], item: ['INT32', -1, 1] })
    const spec = recommendation({
      tables: { count: 2, rows: 9 },
      layout: 'separate',
      names: { dense: 'd', ids: ['user', 'item'] },
    })
    const sample = await firstSample(spec, metadata)
    expect(tensorOf(sample, 'item')).toMatchObject({ datatype: 'INT32', shape: [1, 1] })
    await expect(openInput(recommendation({ tables: [] }))).rejects.toThrow('must be a list of rows')
  })
})

it('has one-hot rows', async () => {
  const values = numbersOf(
    await firstSample(tabular({ features: 4, batch: 3, name: 'x', values: 'one-hot' })),
  )
  for (let row = 0; row < 3; row++)
    expect(values.slice(row * 4, row * 4 + 4).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 1])
})

describe('time series', () => {
  it.each(['seasonal', 'noise', 'walk'] as const)('%s: has the variance that is said', async (kind) => {
    const spec = timeSeries({ steps: 240, batch: 400, kind, name: 'x' })
    const values = numbersOf(await firstSample(spec))
    const { variance } = momentsOf(
      kind === 'walk' ? values.filter((_, index) => index % 240 === 239) : values,
    )
    expect(Math.abs(variance - 1)).toBeLessThan(kind === 'walk' ? 4 * Math.sqrt(2 / 400) : 0.05)
  })

  it('repeats itself after a period', async () => {
    const values = numbersOf(await firstSample(timeSeries({ steps: 24_000, period: 30, name: 'x' })))
    const correlation = (lag: number): number =>
      values.slice(lag).reduce((sum, value, index) => sum + value * (values[index] as number), 0) /
      values.length
    expect(Math.abs(correlation(30) - 0.8)).toBeLessThan(0.05)
    expect(Math.abs(correlation(15) + 0.8)).toBeLessThan(0.05)
  })

  it('is transposed for the other layout', async () => {
    const of = (layout: 'NTF' | 'NFT') =>
      firstSample(timeSeries({ steps: 5, features: 2, layout, name: 'x' }))
    const [a, b] = [numbersOf(await of('NTF')), numbersOf(await of('NFT'))]
    for (let step = 0; step < 5; step++)
      for (let feature = 0; feature < 2; feature++) expect(a[step * 2 + feature]).toBe(b[feature * 5 + step])
  })
})

it('moves the picture of a video, in every layout', async () => {
  const of = (layout: 'NCTHW' | 'NTCHW' | 'NTHWC') =>
    firstSample(video({ frames: 3, size: [8, 6], noise: 0, layout, name: 'x' }))
  const [cthw, tchw, thwc] = (await Promise.all([of('NCTHW'), of('NTCHW'), of('NTHWC')])) as [
    Sample,
    Sample,
    Sample,
  ]
  expect(tensorOf(cthw).shape).toEqual([1, 3, 3, 8, 6])
  expect(tensorOf(tchw).shape).toEqual([1, 3, 3, 8, 6])
  expect(tensorOf(thwc).shape).toEqual([1, 3, 8, 6, 3])
  const [a, b, c] = [numbersOf(cthw), numbersOf(tchw), numbersOf(thwc)]
  for (let t = 0; t < 3; t++)
    for (let ch = 0; ch < 3; ch++)
      for (let pixel = 0; pixel < 48; pixel++) {
        expect(b[(t * 3 + ch) * 48 + pixel]).toBe(a[(ch * 3 + t) * 48 + pixel])
        expect(c[(t * 48 + pixel) * 3 + ch]).toBe(a[(ch * 3 + t) * 48 + pixel])
      }
  // What leaves on one side comes back on the other: every frame has the same values.
  const frame = (t: number): number[] => b.slice(t * 144, (t + 1) * 144).sort((x, y) => x - y)
  expect(frame(1)).toEqual(frame(0))
})

it('has point clouds in the unit cube, filled up with zeros', async () => {
  const metadata = described({ points: ['FP32', -1, -1, 4], count: ['INT32', -1] })
  const spec = pointCloud({ points: [10, 90], features: 4, batch: 5, lengths: 'count' })
  const sample = await firstSample(spec, metadata)
  const counts = numbersOf(sample, 'count')
  const { shape } = tensorOf(sample, 'points')
  expect(shape).toEqual([5, Math.max(...counts), 4])
  const values = numbersOf(sample, 'points')
  expect(values.every((value) => Math.abs(value) <= 1)).toBe(true)
  const stride = (shape[1] as number) * 4
  for (const [cloud, count] of counts.entries()) {
    const own = values.slice(cloud * stride, (cloud + 1) * stride)
    expect(own.slice(0, count * 4).every((value) => value !== 0)).toBe(true)
    expect(own.slice(count * 4).every((value) => value === 0)).toBe(true)
  }
  const single = await firstSample(pointCloud({ points: 9, name: 'x', values: 'single-point' }))
  expect(tensorOf(single).shape).toEqual([1, 1, 3])
})

it('has bytes of a size, as random as asked for', async () => {
  const content = async (options: Parameters<typeof bytes>[0]): Promise<Uint8Array> =>
    ((await firstSample(bytes(options))) as { bytes: Uint8Array }).bytes
  expect(await content({ size: '1KiB', values: 'empty' })).toHaveLength(0)
  expect(new Set(await content({ size: '1KiB', values: 'ones' }))).toEqual(new Set([255]))
  const half = await content({ size: '1KiB', compressible: 0.5 })
  expect(half.subarray(512).every((byte) => byte === 0)).toBe(true)
  expect(new Set(half.subarray(0, 512)).size).toBeGreaterThan(150)
  for (const sample of await samplesOf(bytes({ size: ['5B', '8B'], type: 'a/b' }), 16)) {
    expect(sample).toMatchObject({ type: 'a/b' })
    expect([5, 6, 7, 8]).toContain((sample as { bytes: Uint8Array }).bytes.length)
  }
  expect(await content({ size: '12B', batch: 8 })).toHaveLength(96)
  expect(await firstSample(bytes({ size: '12B', batch: 8 }))).toMatchObject({ items: 8 })
  await expect(openInput(bytes({ size: '5' as '5B' }))).rejects.toThrow("'5' is not a size.")
})

describe('tensors', () => {
  const model = described({ x: ['FP32', -1, 3], ids: ['INT64', -1, 2], words: ['BYTES', -1, 1] })

  it('fit the model', async () => {
    const sample = await firstSample(tensors({ batch: 4 }), model)
    expect(tensorOf(sample, 'x').shape).toEqual([4, 3])
    expect(numbersOf(sample, 'ids').every((id) => id >= 0 && id < 100)).toBe(true)
    expect(tensorOf(sample, 'words').data).toHaveLength(4)
  })

  it.each(SPECIAL_VALUES)('special: %s, in those inputs that have it', async (values) => {
    const source = await openInput(tensors({ values }), model)
    const [a, b] = [await sampleAt(source, 0), await sampleAt(source, 1)]
    expect(tensorOf(a, 'x')).toEqual(tensorOf(b, 'x'))
    expect(source.distinct).toBe(values === 'zeros' || values === 'ones' ? 1 : 16)
  })

  it('says when no input has the value', async () => {
    await expect(openInput(tensors({ values: 'nan' }), described({ ids: ['INT64', 2] }))).rejects.toThrow(
      "is 'nan', and no input of the model has such a value.",
    )
    await expect(openInput(tensors())).rejects.toThrow('The target does not describe its inputs.')
  })
})

it.each(SPECIAL_VALUES)('%s: one payload for generators of floating point', async (values) => {
  for (const spec of [
    image({ size: 2, name: 'x', values }),
    latent({ shape: 3, name: 'x', values }),
    tabular({ features: 3, name: 'x', values }),
    timeSeries({ steps: 3, name: 'x', values }),
    video({ frames: 2, size: 2, name: 'x', values }),
    pointCloud({ points: 2, name: 'x', values }),
    audio({ seconds: 0.01, name: 'x', values }),
  ])
    expect((await openInput(spec)).distinct).toBe(1)
})

it('labels samples as told', async () => {
  expect((await firstSample(text({ label: 'short' }))).label).toBe('short')
  expect(mixed({ a: text() }).options).toMatchObject({ parts: [{ label: 'a', weight: 1 }] })
})
