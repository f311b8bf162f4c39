import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { described, numbersOf, sampleAt, tensorOf } from '../../../test/support/inputs.ts'
import { arrow, csv, jsonl, npz, parquet, tfrecord } from '../../inputs.ts'
import {
  maskedCrc32c,
  type InputSpec,
  type JsonObject,
  type Sample,
  type TargetMetadata,
} from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createSource } from '../inputs/source.ts'

const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/datasets/', import.meta.url))
let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'servebench-datasets-'))
})
afterAll(() => rm(root, { recursive: true }))

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(root, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, content)
  return path
}

async function open(
  { options }: InputSpec,
  metadata: TargetMetadata | null = null,
  limit = { count: 64, bytes: 1 << 28 },
): Promise<SampleSource> {
  const all = { ...options, root, limit } as unknown as JsonObject
  return await createSource({ kind: 'dataset', options: all, metadata })
}

async function all(spec: InputSpec, metadata: TargetMetadata | null = null): Promise<Sample[]> {
  const source = await open(spec, metadata)
  return await Promise.all(
    Array.from({ length: source.distinct as number }, (_, index) => sampleAt(source, index)),
  )
}

const jsonOf = (sample: Sample): unknown => ('json' in sample ? sample.json : undefined)

describe('csv', () => {
  it('becomes JSON, tensors by name, or tensors of several columns', async () => {
    const path = await file('a.csv', 'x,y,kind\n1,2.5,a\n3,-4e-1,b\n')
    expect((await all(csv(path))).map(jsonOf)).toEqual([
      { x: '1', y: '2.5', kind: 'a' },
      { x: '3', y: '-4e-1', kind: 'b' },
    ])
    const model = described({ x: ['INT64', -1, 1], y: ['FP32', -1] })
    const [first] = (await all(csv(path), model)) as [Sample]
    expect(tensorOf(first, 'x')).toEqual({ datatype: 'INT64', shape: [1, 1], data: BigInt64Array.of(1n) })
    expect(tensorOf(first, 'y').shape).toEqual([1])
    const spec = csv(path, { tensors: { input: { columns: ['x', 'y'] } }, batch: 2, label: 'kind' })
    const [both] = (await all(spec)) as [Sample]
    expect(tensorOf(both)).toEqual({
      datatype: 'FP32',
      shape: [2, 2],
      data: Float32Array.of(1, 2.5, 3, -0.4),
    })
    expect([both.items, both.label]).toEqual([2, 'a'])
  })

  it('reads quotes, line ends inside of them, other separators, and compressed files', async () => {
    const path = await file(
      'quotes.tsv.gz',
      gzipSync('"a ""b"" c"\t"two\r\nlines"\r\n\r\nplain\té\r\nlast\t""'),
    )
    const rows = await all(csv(path, { separator: '\t', columns: ['p', 'q'] }))
    expect(rows.map(jsonOf)).toEqual([
      { p: 'a "b" c', q: 'two\r\nlines' },
      { p: 'plain', q: 'é' },
      { p: 'last', q: '' },
    ])
  })

  it('gives the same rows in chunks of any size', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index},"é ${index}, ""x"""`)
    const path = await file('large.csv', `n,t\n${lines.join('\n')}\n`)
    const source = await open(csv(path, { skip: 19_990 }))
    expect(source.datasets).toEqual([{ file: path, rows: 10, bad: 0, firstBad: null }])
    expect(jsonOf(await sampleAt(source, 9))).toEqual({ n: '19999', t: 'é 19999, "x"' })
  })

  it('counts rows that cannot be used, with the line of the first', async () => {
    const path = await file('bad.csv', 'x,y\n1,2\n"a\nb",4\n5\n6,"un"quoted\n7,8\n')
    const options = { tensors: { v: { columns: ['x', 'y'] } } }
    const source = await open(csv(path, { ...options, badRows: 'skip' }))
    expect(source.distinct).toBe(2)
    expect(source.datasets).toEqual([
      { file: path, rows: 5, bad: 3, firstBad: `line 3 'x', 'y' has "a\\nb", which is no number` },
    ])
    await expect(open(csv(path, options))).rejects.toMatchObject({
      code: 'SERVEBENCH_DATASET',
      message: expect.stringContaining('line 3'),
      advice: expect.stringContaining("badRows: 'skip'"),
    })
  })

  it('keeps nothing of rows that are too long', async () => {
    const path = await file('long.csv', `x\n${'1'.repeat(5000)}\n2\n`)
    const source = await open(csv(path, { maxRow: '1KiB', badRows: 'skip' }))
    expect(source.datasets?.[0]?.firstBad).toBe('line 2 is longer than 1024 characters')
    const open1 = await file('open.csv', 'x\n"never closed\n2\n')
    await expect(open(csv(open1))).rejects.toThrow('line 2 has a quote that is not closed')
  })
})

describe('jsonl', () => {
  it('has lists as tensors, and objects as JSON', async () => {
    const path = await file('a.jsonl', '{"ids":[[1,2],[3,4]],"text":"é"}\n\n{"ids":[[5,6],[7,8]],"text":"b"}')
    const [first] = (await all(jsonl(path, { tensors: { input: 'ids' }, batch: 2 }))) as [Sample]
    expect(tensorOf(first)).toMatchObject({ datatype: 'FP32', shape: [2, 2, 2] })
    const model = described({ ids: ['INT32', -1, 2, 2] })
    expect(tensorOf((await all(jsonl(path), model))[1] as Sample).data).toEqual(Int32Array.of(5, 6, 7, 8))
    expect(await all(jsonl(path, { text: 'text' }))).toEqual([
      { items: 1, text: 'é' },
      { items: 1, text: 'b' },
    ])
    expect((await all(jsonl(path, { json: ['text'], batch: 2 }))).map(jsonOf)).toEqual([
      [{ text: 'é' }, { text: 'b' }],
    ])
  })

  it.each([
    ['{"x":1}\n{"x":', 'line 2 is no JSON'],
    ['[1]\n', 'line 1 is no JSON object'],
    ['{"y":1}\n', "line 1 has no 'x'; it has 'y'"],
    ['{"x":[[1],[2,3]]}\n', "line 1 'x' has lists of different lengths"],
    ['{"x":"a"}\n', `line 1 'x' has "a", which is no number`],
    ['{"x":null}\n', "line 1 'x' has nothing, which is no number"],
    ['{"x":{"datatype":"f","shape":[1],"data":[1]}}\n', "line 1 'x' has an object, which is no number"],
    ['{"__proto__":{"x":1}}\n', "line 1 has no 'x'"],
    ['', 'has no rows that can be used.'],
  ])('says what is wrong with %j', async (content, message) => {
    const path = await file('bad.jsonl', content)
    await expect(open(jsonl(path, { tensors: { x: { datatype: 'FP32' } } }))).rejects.toThrow(message)
  })

  it('refuses numbers that a datatype cannot hold', async () => {
    const path = await file('n.jsonl', '{"x":300}\n{"x":1.5}\n{"x":-1}\n{"x":255}\n')
    const spec = jsonl(path, { tensors: { x: { datatype: 'UINT8' } }, badRows: 'skip' })
    const source = await open(spec)
    expect(source.datasets).toMatchObject([{ bad: 3, firstBad: "line 1 'x' has 300, which is no UINT8" }])
    expect(numbersOf(await sampleAt(source, 0))).toEqual([255])
  })
})

describe('npz', () => {
  it.each(['stored.npz', 'deflated.npz'])('reads what NumPy writes: %s', async (name) => {
    const names = ['f2', 'f4', 'f8', 'i1', 'i8', 'u1', 'b1', 'be', 'text', 'raw']
    const spec = npz(join(FIXTURES, name), { tensors: Object.fromEntries(names.map((key) => [key, key])) })
    const samples = await all(spec)
    expect(samples).toHaveLength(5)
    const third = samples[3] as Sample
    expect(tensorOf(third, 'f4')).toEqual({
      datatype: 'FP32',
      shape: [1, 2, 2],
      data: Float32Array.from([12, 13, 14, 15], (value) => value / 3),
    })
    expect(tensorOf(third, 'f2').datatype).toBe('FP16')
    expect(tensorOf(third, 'f8')).toEqual({ datatype: 'FP64', shape: [1], data: Float64Array.of(0.5) })
    expect(numbersOf(third, 'i1')).toEqual([1])
    expect(tensorOf(third, 'i8').data).toEqual(BigInt64Array.of(3n * 2n ** 40n))
    expect(tensorOf(third, 'u1')).toMatchObject({ shape: [1, 3], data: Uint8Array.of(9, 10, 11) })
    expect(tensorOf(third, 'b1')).toMatchObject({ datatype: 'BOOL', data: Uint8Array.of(0) })
    expect(numbersOf(third, 'be')).toEqual([Math.fround(3 / 7)])
    expect(tensorOf(third, 'text').data).toEqual(['日本'])
    expect(tensorOf(third, 'raw').data).toEqual([Uint8Array.from(Buffer.from('de'))])
  })

  it('rounds to 16 bits as NumPy does', async () => {
    const path = join(FIXTURES, 'rounding.npz')
    const rows = async (datatype: 'FP16' | 'BF16' | 'FP32', column: string): Promise<number[]> => {
      const spec = npz(path, { tensors: { x: { columns: column, datatype } }, batch: 1638 })
      return numbersOf((await all(spec))[0] as Sample)
    }
    const [half, brain, single] = await Promise.all([
      rows('FP16', 'half'),
      rows('FP32', 'brain'),
      rows('FP32', 'single'),
    ])
    expect(single).toHaveLength(1638)
    expect(await rows('FP16', 'single')).toEqual(half)
    expect(await rows('BF16', 'single')).toEqual(brain)
  })

  it('reads single arrays, and folders of them', async () => {
    const samples = await all(
      npz(join(FIXTURES, 'single.npy'), { tensors: { x: 'single' }, skip: 1, rows: 3 }),
    )
    expect(samples).toHaveLength(3)
    expect(tensorOf(samples[0] as Sample).shape).toEqual([1, 2, 2])
    const whole = await all(npz(join(FIXTURES, 'single.npy'), { axis: 'whole', tensors: { x: 'single' } }))
    expect(tensorOf(whole[0] as Sample).shape).toEqual([1, 5, 2, 2])
  })

  it.each([
    ['fortran.npy', 'is in column-major order'],
    ['objects.npy', "elements of the type '|O'"],
    ['complex.npy', "elements of the type '<c8', which is not supported"],
    ['ragged.npz', 'do not have the same number of rows: a [2], b [3]'],
    ['make.py', 'is no NumPy array'],
  ])('says why it cannot read %s', async (name, message) => {
    await expect(open(npz(join(FIXTURES, name)))).rejects.toThrow(message)
  })

  it('says what columns there are', async () => {
    await expect(open(npz(join(FIXTURES, 'stored.npz'), { tensors: { x: 'f44' } }))).rejects.toThrow(
      /has no column 'f44'; it has 'f2', 'f4'.*Did you mean 'f4'\?/,
    )
    const model = described({ input: ['FP32', -1, 3] })
    await expect(
      open(npz(join(FIXTURES, 'stored.npz'), { tensors: { inptu: 'f4' } }), model),
    ).rejects.toThrow("The model has no input 'inptu'; it has 'input'. Did you mean 'input'?")
    await expect(
      open(npz(join(FIXTURES, 'stored.npz'), { tensors: { input: 'f4' } }), model),
    ).rejects.toThrow("row 1 'f4' has 4 elements, which do not fit input [3]")
  })

  it('counts a torn end as a bad row', async () => {
    const whole = await import('node:fs/promises').then((fs) => fs.readFile(join(FIXTURES, 'single.npy')))
    const path = await file('torn.npy', whole.subarray(0, whole.length - 20))
    const source = await open(npz(path, { badRows: 'skip' }))
    expect(source.datasets).toMatchObject([
      { rows: 4, bad: 1, firstBad: "row 4 is missing: the array 'torn' is torn" },
    ])
  })
})

describe.each([
  ['parquet', () => parquet],
  ['arrow', () => arrow],
])('%s', (format, factory) => {
  const path = join(FIXTURES, `table.${format}`)

  it('reads what Arrow writes, over several groups', async () => {
    const spec = factory()(path, {
      tensors: { v: 'vector', i: 'id', f: { columns: 'flag', datatype: 'BOOL' }, t: 'name' },
    })
    const samples = await all(spec)
    expect(samples).toHaveLength(5)
    const last = samples[4] as Sample
    expect(tensorOf(last, 'v')).toEqual({ datatype: 'FP32', shape: [1, 3], data: Float32Array.of(4, 5, 6) })
    expect(tensorOf(last, 'i')).toEqual({ datatype: 'INT64', shape: [1], data: BigInt64Array.of(5n) })
    expect(numbersOf(last, 'f')).toEqual([1])
    expect(tensorOf(samples[1] as Sample, 't').data).toEqual(['größer'])
    expect(await all(factory()(path, { bytes: 'raw', rows: 2 }))).toEqual([
      { items: 1, bytes: Uint8Array.of(0, 255) },
      { items: 1, bytes: Uint8Array.of(1, 255) },
    ])
  })

  it('has nulls as bad rows, and knows its columns', async () => {
    const spec = factory()(path, { tensors: { x: { columns: 'score', datatype: 'FP32' } }, badRows: 'skip' })
    expect((await open(spec)).datasets).toMatchObject([
      { rows: 5, bad: 1, firstBad: expect.stringContaining('row 4') },
    ])
    await expect(open(factory()(path, { text: 'nmae' }))).rejects.toThrow("Did you mean 'name'?")
    await expect(open(factory()(join(FIXTURES, 'make.py'), {}))).rejects.toMatchObject({
      code: 'SERVEBENCH_DATASET',
    })
  })
})

it('reads streams of Arrow, and says so when they are compressed', async () => {
  const samples = await all(arrow(join(FIXTURES, 'table.arrows'), { json: ['id', 'name'] }))
  expect(samples.map(jsonOf)[3]).toEqual({ id: 4n, name: '日本' })
  await expect(open(arrow(join(FIXTURES, 'compressed.arrow')))).rejects.toMatchObject({
    code: 'SERVEBENCH_DATASET',
    advice: expect.stringContaining('uncompressed'),
  })
})

describe('tfrecord', () => {
  /** By the schema of `tf.train.Example`, as protocol buffers are written. */
  const field = (number: number, content: Uint8Array): Buffer =>
    Buffer.concat([Uint8Array.of((number << 3) | 2), varint(content.length), content])
  const varint = (value: number | bigint): Uint8Array => {
    const bytes: number[] = []
    let rest = BigInt.asUintN(64, BigInt(value))
    do {
      bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
      rest >>= 7n
    } while (rest > 0n)
    return Uint8Array.from(bytes)
  }
  const feature = (name: string, kind: 1 | 2 | 3, list: Uint8Array): Buffer =>
    field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, field(kind, list))]))
  const floats = (...values: number[]): Uint8Array =>
    field(1, new Uint8Array(Float32Array.from(values).buffer))
  const integers = (...values: bigint[]): Uint8Array => field(1, Buffer.concat(values.map(varint)))
  const example = (...features: Buffer[]): Buffer => field(1, Buffer.concat(features))
  const record = (data: Uint8Array): Buffer => {
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(data.length))
    const crc = (bytes: Uint8Array): Uint8Array => new Uint8Array(Uint32Array.of(maskedCrc32c(bytes)).buffer)
    return Buffer.concat([length, crc(length), data, crc(data)])
  }
  const row = (id: bigint): Buffer =>
    record(
      example(
        feature('x', 2, floats(Number(id), 0.5)),
        feature('id', 3, integers(id, -1n)),
        feature('jpeg', 1, field(1, Buffer.from([255, Number(id)]))),
      ),
    )

  it('reads examples, plain and compressed', async () => {
    const content = Buffer.concat([row(1n), row(2n)])
    for (const path of [await file('a.tfrecord', content), await file('a.tfrecord.gz', gzipSync(content))]) {
      const samples = await all(tfrecord(path, { tensors: { x: 'x', id: 'id' } }))
      expect(tensorOf(samples[1] as Sample, 'x').data).toEqual(Float32Array.of(2, 0.5))
      expect(tensorOf(samples[1] as Sample, 'id').data).toEqual(BigInt64Array.of(2n, -1n))
      expect(await all(tfrecord(path, { bytes: 'jpeg', rows: 1 }))).toEqual([
        { items: 1, bytes: Uint8Array.of(255, 1) },
      ])
    }
  })

  it('passes over damaged records, and stops where a length is damaged', async () => {
    const damaged = row(2n)
    damaged[20]! ^= 1
    const lost = row(4n)
    lost[0]! ^= 1
    const path = await file(
      'bad.tfrecord',
      Buffer.concat([row(1n), damaged, record(Buffer.from([7])), row(3n), lost, row(5n)]),
    )
    const source = await open(tfrecord(path, { tensors: { x: 'x' }, badRows: 'skip' }))
    expect(source.datasets).toMatchObject([
      { rows: 5, bad: 3, firstBad: 'record 2 is damaged: its checksum is wrong' },
    ])
    expect(source.distinct).toBe(2)
    await expect(open(tfrecord(await file('no.tfrecord', 'not a record file')))).rejects.toThrow(
      'is no TFRecord file',
    )
    const torn = await file('torn.tfrecord', row(1n).subarray(0, 30))
    await expect(open(tfrecord(torn))).rejects.toThrow('record 1 is torn at byte 0')
  })
})

describe('all data sets', () => {
  it('may be of several files: a pattern, or a folder', async () => {
    await file('shards/part-1.jsonl', '{"x":1}\n{"x":2}\n')
    await file('shards/part-2.jsonl.gz', gzipSync('{"x":3}\n{"y":4}\n'))
    await file('shards/_SUCCESS', '')
    for (const name of ['shards', 'shards/part-*']) {
      const source = await open(jsonl(name, { tensors: { x: 'x' }, badRows: 'skip' }))
      expect(source.distinct).toBe(3)
      expect(source.datasets).toEqual([
        { file: name, rows: 4, bad: 1, firstBad: "part-2.jsonl.gz line 2 has no 'x'; it has 'y'" },
      ])
    }
  })

  it('take no more rows than there are payloads, and no more bytes', async () => {
    const path = await file(
      'many.jsonl',
      Array.from({ length: 1000 }, (_, x) => `{"x":[${x},0,0,0]}`).join('\n'),
    )
    const spec = jsonl(path, { tensors: { x: 'x' } })
    const few = await open(spec, null, { count: 10, bytes: 1 << 20 })
    expect([few.distinct, few.datasets]).toEqual([10, [{ file: path, rows: 10, bad: 0, firstBad: null }]])
    const small = await open(spec, null, { count: 1000, bytes: 160 })
    expect(small.distinct).toBe(10)
    const batched = await open(jsonl(path, { tensors: { x: 'x' }, batch: 3 }), null, {
      count: 4,
      bytes: 1 << 20,
    })
    expect([batched.distinct, batched.datasets?.[0]?.rows]).toEqual([4, 12])
  })

  it('take rows from all over when they are shuffled, the same for a seed', async () => {
    const path = await file('order.jsonl', Array.from({ length: 400 }, (_, x) => `{"x":${x}}`).join('\n'))
    const take = async (shuffle: number): Promise<number[]> => {
      const source = await open(jsonl(path, { tensors: { x: 'x' }, shuffle }), null, {
        count: 20,
        bytes: 1 << 20,
      })
      expect(source.datasets?.[0]?.rows).toBe(400)
      return (await Promise.all(Array.from({ length: 20 }, (_, index) => sampleAt(source, index)))).flatMap(
        (sample) => numbersOf(sample),
      )
    }
    expect(await take(1)).toEqual(await take(1))
    expect(await take(1)).not.toEqual(await take(2))
    // Each row is as likely as any other: over 60 seeds the mean is near the middle.
    const drawn = (await Promise.all(Array.from({ length: 60 }, (_, seed) => take(seed)))).flat()
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length
    expect(Math.abs(mean - 199.5)).toBeLessThan((4 * (400 / Math.sqrt(12))) / Math.sqrt(drawn.length))
  })

  it.each([
    [csv('missing.csv'), "'missing.csv' does not exist"],
    [jsonl('nothing-*.jsonl'), "No file matches 'nothing-*.jsonl'."],
    [jsonl('hollow'), "The folder 'hollow' has no files."],
    [csv(''), 'file: is missing.'],
    [csv('a.csv', { batch: 0 }), 'batch: must be a whole number from 1 on.'],
    [csv('a.csv', { text: 'x', json: true }), 'exclude each other'],
    [csv('a.csv', { separator: ';;' }), 'separator: must be one character.'],
    [csv('a.csv', { seperator: ';' } as never), "seperator: is no option. Did you mean 'separator'?"],
    [csv('a.csv', { badRows: 'ignore' as 'skip' }), "badRows: must be one of 'strict', 'skip'."],
    [jsonl('one.jsonl', { batch: 4, tensors: { x: 'x' } }), 'less than one batch of 4'],
    [jsonl('one.jsonl', { skip: 1 }), 'has no rows that can be used.'],
    [jsonl('one.jsonl', { tensors: { x: { columns: 'x', shape: [3] } } }), 'do not fit x [3]'],
    [csv('empty.csv'), "'empty.csv' is empty"],
    [csv('twice.csv'), "two columns 'a'"],
  ])('say what is wrong #%#', async (spec, message) => {
    await file('one.jsonl', '{"x":1}\n')
    await file('empty.csv', '')
    await file('hollow/_SUCCESS', '')
    await file('twice.csv', 'a,a\n1,2\n')
    await expect(open(spec)).rejects.toThrow(message)
  })
})
