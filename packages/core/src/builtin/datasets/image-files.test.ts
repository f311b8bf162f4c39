import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { described, sampleAt, tensorOf } from '../../../test/support/inputs.ts'
import { coco, folder, imageNet } from '../../inputs.ts'
import type { InputSpec, JsonObject, Sample, TargetMetadata } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createSource } from '../inputs/source.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'servebench-images-'))
  const colour = (red: number, green: number, blue: number): Promise<Buffer> =>
    sharp({ create: { width: 20, height: 10, channels: 3, background: { r: red, g: green, b: blue } } })
      .png()
      .toBuffer()
  await file('train/n01/b.png', await colour(255, 0, 0))
  await file('train/n01/a.png', await colour(0, 255, 0))
  await file('train/n02/c.png', await colour(0, 0, 255))
  await file('train/n02/notes.txt', 'not an image')
  await file('train/.hidden/d.png', 'hidden')
  await file('broken/x.png', 'no picture')
  await file('broken/y.png', await colour(1, 2, 3))
  await file(
    'coco/val2017/1.jpg',
    await sharp(await colour(9, 9, 9))
      .jpeg()
      .toBuffer(),
  )
  await file(
    'coco/val2017/2.jpg',
    await sharp(await colour(5, 5, 5))
      .jpeg()
      .toBuffer(),
  )
  await file(
    'coco/annotations/instances_val2017.json',
    JSON.stringify({
      images: [
        { id: 2, file_name: '2.jpg', width: 480, height: 640 },
        { id: 1, file_name: '1.jpg', width: 640, height: 480 },
        { id: 3, file_name: '../../../../etc/passwd', width: 1, height: 1 },
        { id: 4 },
      ],
      annotations: [...Array.from({ length: 5 }, () => ({ image_id: 1 })), { image_id: 2 }],
    }),
  )
})
afterAll(() => rm(root, { recursive: true }))

async function file(name: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true })
  await writeFile(join(root, name), content)
}

async function open({ options }: InputSpec, metadata: TargetMetadata | null = null): Promise<SampleSource> {
  const all = { ...options, root, limit: { count: 64, bytes: 1 << 28 } } as unknown as JsonObject
  return await createSource({ kind: 'dataset', options: all, metadata })
}

async function all(spec: InputSpec, metadata: TargetMetadata | null = null): Promise<Sample[]> {
  const source = await open(spec, metadata)
  return await Promise.all(
    Array.from({ length: source.distinct as number }, (_, index) => sampleAt(source, index)),
  )
}

/** Where ImageNet's mean and deviation put a channel. */
const normalised = (value: number, mean: number, std: number): number => (value / 255 - mean) / std

describe('folder', () => {
  it('has its files in the order of their names, with type and label', async () => {
    const samples = await all(folder('train', { label: 'folder' }))
    expect(samples.map(({ label, ...sample }) => [label, 'type' in sample && sample.type])).toEqual([
      ['n01', 'image/png'],
      ['n01', 'image/png'],
      ['n02', 'image/png'],
      ['n02', 'text/plain; charset=utf-8'],
    ])
    expect(await all(folder('train', { match: '**/*.txt' }))).toMatchObject([
      { bytes: Buffer.from('not an image') },
    ])
  })

  it('sends several files as the elements of a tensor', async () => {
    const model = described({ image: ['BYTES', -1, 1] })
    const [only, ...rest] = await all(folder('train', { match: '**/*.png', batch: 2 }), model)
    expect(rest).toEqual([])
    expect(tensorOf(only as Sample, 'image')).toMatchObject({ datatype: 'BYTES', shape: [2, 1] })
  })

  it('decodes images, cropped, in every layout', async () => {
    const decode = { size: [4, 6], name: 'x' } as const
    const [green, red] = (await all(folder('train', { decode }))) as [Sample, Sample]
    expect(tensorOf(green).shape).toEqual([1, 3, 4, 6])
    const data = tensorOf(red).data as Float32Array
    expect(data[0]).toBeCloseTo(normalised(255, 0.485, 0.229), 4)
    expect(data[24]).toBeCloseTo(normalised(0, 0.456, 0.224), 4)
    expect(data[48]).toBeCloseTo(normalised(0, 0.406, 0.225), 4)
    const last = await all(
      folder('train', { decode: { ...decode, layout: 'NHWC', datatype: 'UINT8' }, batch: 3 }),
    )
    const { shape, data: pixels } = tensorOf(last[0] as Sample)
    expect(shape).toEqual([3, 4, 6, 3])
    expect([...(pixels as Uint8Array).subarray(0, 3)]).toEqual([0, 255, 0])
  })

  it('counts what is no image', async () => {
    const spec = folder('broken', { decode: { size: 4, name: 'x' }, badRows: 'skip' })
    expect((await open(spec)).datasets).toMatchObject([
      { rows: 2, bad: 1, firstBad: expect.stringMatching(/^x\.png is no image: /) },
    ])
    await expect(open(folder('broken', { decode: { size: 4, name: 'x' } }))).rejects.toThrow(
      'x.png is no image',
    )
    await expect(open(folder('broken', { maxFile: '5B' }))).rejects.toThrow(
      'x.png has 10 bytes, and maxFile is 5',
    )
    await expect(open(folder('nowhere'))).rejects.toThrow("'nowhere' does not exist")
    await expect(open(folder('broken', { decode: {} as never }))).rejects.toThrow('decode.size')
  })
})

it('ImageNet is a folder for each class, of images alone', async () => {
  const samples = await all(imageNet('train', { label: 'folder' }))
  expect(samples.map(({ label }) => label)).toEqual(['n01', 'n01', 'n02'])
})

describe('coco', () => {
  const path = 'coco/annotations/instances_val2017.json'

  it('has the images of the annotations, by id, from the folder beside them', async () => {
    const samples = await all(coco(path, { label: 'aspect', rows: 2 }))
    expect(samples.map(({ label }) => label)).toEqual(['4:3', '3:4'])
    const counted = await all(coco(path, { label: 'objects', images: 'coco/val2017', rows: 2 }))
    expect(counted.map(({ label }) => label)).toEqual(['5–9', '1–4'])
  })

  it('reads no files outside of its folder', async () => {
    const source = await open(coco(path, { badRows: 'skip' }))
    expect(source.datasets).toMatchObject([
      { rows: 3, bad: 1, firstBad: '../../../../etc/passwd does not exist' },
    ])
  })

  it('says what is wrong with annotations', async () => {
    await file('coco/bad.json', '{"images": 5}')
    await expect(open(coco('coco/bad.json'))).rejects.toThrow('has no list of images')
    await file('coco/torn.json', '{"images": [')
    await expect(open(coco('coco/torn.json'))).rejects.toThrow('is no JSON')
  })
})
