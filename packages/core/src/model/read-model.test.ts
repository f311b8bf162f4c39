import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { externalModel } from '../../test/support/external-model.ts'
import { modelFixture } from '../../test/support/model-fixture.ts'
import { block, number, OnnxGraph, text, TYPE } from '../../test/support/onnx-graph.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { Random } from '../stats/prng.ts'
import { measureModel } from './measure/measure-model.ts'
import { readModel } from './read-model.ts'
import { readOnnx } from './onnx/read-onnx.ts'
import { readSavedModel } from './tensorflow/read-saved-model.ts'
import { MemorySource } from './wire/byte-source.ts'

const folder = mkdtempSync(join(tmpdir(), 'servebench-models-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, bytes)
  return path
}

/** x [batch, 4] × weight [4, 8]. */
function small(): OnnxGraph {
  const graph = new OnnxGraph()
  const x = graph.input('x', ['batch', 4])
  graph.output(graph.node('MatMul', [x, graph.weight('w', [4, 8])]))
  return graph
}

describe('readModel', () => {
  it('reads an ONNX file, and real ones', () => {
    const model = readModel(file('small.onnx', small().model()))
    expect(model).toMatchObject({ format: 'onnx', missing: [] })
    expect(measureModel(model).metrics).toMatchObject({ parameters: 32, macs: 32 })
    const resnet = measureModel(readModel(file('resnet.onnx', modelFixture('resnet50.onnx'))))
    expect(resnet.metrics).toMatchObject({
      parameters: 25_557_032,
      statistics: 53_120,
      macs: 4_089_184_256,
      isLowerBound: false,
    })
    const densenet = measureModel(readModel(file('densenet.onnx', modelFixture('densenet121.onnx'))))
    expect(densenet.metrics).toMatchObject({
      parameters: 8_062_504,
      macs: 2_834_161_664,
      isLowerBound: false,
    })
  })

  it('finds the model of a folder, and the newest of its versions', () => {
    const saved = modelFixture('cnn.saved_model.pb')
    file('saved/saved_model.pb', saved)
    file('saved/variables/variables.data-00000-of-00001', new Uint8Array(1000))
    expect(readModel(join(folder, 'saved'))).toMatchObject({
      format: 'saved-model',
      bytes: saved.length + 1000,
    })
    file('versions/2/model.onnx', small().model())
    file('versions/10/saved_model.pb', saved)
    expect(readModel(join(folder, 'versions')).format).toBe('saved-model')
    mkdirSync(join(folder, 'empty'))
    expect(() => readModel(join(folder, 'empty'))).toThrow('holds no model')
    expect(() => readModel(join(folder, 'missing'))).toThrow('There is no file or folder')
  })

  it('reads what is around weights beyond 2 GiB, and not them', () => {
    const path = join(folder, 'large.onnx')
    const rows = 700_000_000
    const elements = 4 * rows
    const head = Buffer.concat([number(1, 4), number(1, rows), number(2, TYPE.UINT8), text(8, 'w')])
    const length = varint(elements)
    const weight = head.length + 1 + length.length + elements
    const lead = Buffer.concat([
      Buffer.from([5 * 8 + 2]),
      varint(weight),
      head,
      Buffer.from([9 * 8 + 2]),
      length,
    ])
    const graph = new OnnxGraph()
    graph.output(graph.node('MatMulInteger', [graph.input('x', ['n', 4], 'UINT8'), 'w']))
    const tail = graph.graph()
    const start = Buffer.concat([
      number(1, 8),
      Buffer.from([7 * 8 + 2]),
      varint(lead.length + elements + tail.length),
      lead,
    ])
    const handle = openSync(path, 'w')
    try {
      writeSync(handle, start)
      // A hole: it takes no space on disk.
      ftruncateSync(handle, start.length + elements)
      writeSync(handle, tail, 0, tail.length, start.length + elements)
      writeSync(handle, block(8, number(2, 17)), 0, undefined, start.length + elements + tail.length)
    } finally {
      closeSync(handle)
    }
    const model = readModel(path)
    expect(model.bytes).toBeGreaterThan(2 ** 31)
    expect(measureModel(model).metrics).toMatchObject({
      parameters: elements,
      weightBytes: elements,
      macs: elements,
    })
  })

  it('counts weights in files beside the model, and tells those that are missing', () => {
    const bytes = externalModel({ a: 'weights/a.bin', b: 'b.bin', c: '../../etc/passwd' })
    file('external/weights/a.bin', new Uint8Array(128))
    const model = readModel(file('external/model.onnx', bytes))
    expect(model).toMatchObject({ bytes: bytes.length + 128, missing: ['b.bin', '../../etc/passwd'] })
    const { metrics } = measureModel(model)
    expect(metrics).toMatchObject({ parameters: 96, weightBytes: 384, isLowerBound: false })
    expect(metrics.notes.join()).toContain('b.bin, ../../etc/passwd')
  })

  it.each([
    ['an empty file', Buffer.alloc(0)],
    ['text', Buffer.from('root:x:0:0:root:/root:/bin/bash\n')],
    ['JSON', Buffer.from('{"model": 1}')],
    ['a tensor', Buffer.concat([number(1, 3), number(2, 1), block(9, Buffer.alloc(12))])],
    ['another message', block(3, text(1, 'x'))],
    ['no operations', Buffer.concat([number(1, 8), block(7, text(2, 'g'))])],
  ])('refuses %s', (_, bytes) => {
    const path = file('foreign', bytes)
    expect(() => readModel(path)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_MODEL_UNREADABLE' }))
  })

  it('says of a cut file where it ends', () => {
    const bytes = small().model()
    const path = file('cut.onnx', bytes.subarray(0, bytes.length - 20))
    expect(() => readModel(path)).toThrow(/cut\.onnx: .*is cut off/)
  })
})

describe('hostile files', () => {
  const readers = [
    ['ONNX', readOnnx, small().model()],
    ['SavedModel', readSavedModel, modelFixture('transformer.saved_model.pb').subarray(0, 40_000)],
  ] as const

  it.each(readers)('as %s end in an error of ours, or in numbers', (_, read, bytes) => {
    const random = new Random([1, 2, 3, 4])
    for (let round = 0; round < 400; round++) {
      const damaged = Buffer.from(bytes)
      for (let hit = 0; hit < 1 + (round % 4); hit++)
        damaged[random.word() % damaged.length] = random.word() % 256
      const end = round % 3 === 0 ? random.word() % damaged.length : damaged.length
      try {
        const content = read(new MemorySource(damaged.subarray(0, end)))
        const format = read === readOnnx ? 'onnx' : 'saved-model'
        const { metrics } = measureModel({ ...content, format, bytes: 0, missing: [] })
        expect(metrics.macs).toBeGreaterThanOrEqual(0)
      } catch (error) {
        expect(error).toBeInstanceOf(ServebenchError)
      }
    }
  })

  it('do not nest without end, and neither do functions', () => {
    let attribute: Buffer = Buffer.alloc(0)
    for (let depth = 0; depth < 60; depth++) {
      const node = Buffer.concat([
        text(4, 'If'),
        block(5, Buffer.concat([text(1, 'then_branch'), block(6, attribute)])),
      ])
      attribute = block(1, node)
    }
    const bytes = Buffer.concat([number(1, 8), block(7, attribute)])
    expect(() => readOnnx(new MemorySource(bytes))).toThrow('nested too deeply')
    // f calls itself twice: 2^depth operations.
    const call = block(7, Buffer.concat([text(1, 'x'), text(2, 'y'), text(4, 'f'), text(7, 'mine')]))
    const self = block(
      25,
      Buffer.concat([text(1, 'f'), text(4, 'x'), text(5, 'y'), call, call, text(10, 'mine')]),
    )
    const graph = new OnnxGraph()
    graph.output(graph.node('f', [graph.input('x', [1])], {}, 'y', ['y'], 'mine'))
    const content = readOnnx(new MemorySource(Buffer.concat([graph.model(), self])))
    expect(() => measureModel({ ...content, format: 'onnx', bytes: 0, missing: [] })).toThrow(
      'operations to follow it',
    )
  })

  it('do not make much of little', () => {
    const graph = new OnnxGraph()
    // Lists of sizes that grow by 1000 at each step, and values that are computed again and again.
    let tall = graph.input('x', [1])
    const axes = graph.integers(Array.from({ length: 1000 }, (_, axis) => axis))
    for (let step = 0; step < 300; step++) tall = graph.node('Unsqueeze', [tall, axes])
    let wide = graph.node('ConstantOfShape', [graph.integers([8192])])
    for (let step = 0; step < 6000; step++) wide = graph.node('Add', [wide, wide])
    const none = graph.node('Tile', [graph.integers([]), graph.integers([1e12])])
    for (const output of [tall, wide, none]) graph.output(output)
    const content = readOnnx(new MemorySource(graph.model()))
    const { metrics } = measureModel({ ...content, format: 'onnx', bytes: 0, missing: [] })
    expect(metrics.outputs.map(({ shape }) => shape)).toEqual([null, [8192], [0]])
    const node = (name: string, input: string): Buffer =>
      block(1, Buffer.concat([text(1, name), text(2, 'Identity'), text(3, input)]))
    const library = block(2, Buffer.concat([node('a', 'b:4000001'), node('b', 'c')]))
    expect(() => readSavedModel(new MemorySource(block(2, library)))).toThrow("output 4000002 of 'b'")
  })

  it('have names that are only names', () => {
    const graph = new OnnxGraph()
    const x = graph.input('__proto__', ['constructor', 4])
    graph.output(graph.node('toString', [x], {}, 'hasOwnProperty', ['valueOf']))
    const content = readOnnx(new MemorySource(graph.model()))
    const { metrics } = measureModel({ ...content, format: 'onnx', bytes: 0, missing: [] })
    expect(metrics.unknownOperators).toEqual({ toString: 1 })
    expect(metrics.isLowerBound).toBe(true)
  })
})

function varint(value: number): Buffer {
  return value < 128
    ? Buffer.from([value])
    : Buffer.concat([Buffer.from([(value % 128) + 128]), varint(Math.floor(value / 128))])
}
