import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { provideModel } from './artifact-cache.ts'
import { onnxModel, type OnnxModelOptions } from './onnx-model.ts'

let directory: string
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'models-cache-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const SMALL = { family: 'mlp', inputs: 4, width: 8, layers: 2, outputs: 3 } as const
const spec = onnxModel(SMALL)
const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('provideModel', () => {
  it('writes the model with its digest, size and description', async () => {
    const built = await provideModel(spec, directory)
    expect(built.digest).toBe(sha256(built.path))
    expect(built.size).toBe(statSync(built.path).size)
    expect(built.metadata).toMatchObject({
      format: 'onnx',
      family: 'mlp',
      inputs: [{ name: 'input', datatype: 'FP32', shape: [-1, 4] }],
      outputs: [{ name: 'output', datatype: 'FP32', shape: [-1, 3] }],
      static: { parameters: 4 * 8 + 8 + 72 + 27, macs: 32 + 64 + 24 },
    })
  })

  it('gives the same bytes on every machine', async () => {
    const transformer = {
      width: 32,
      heads: 4,
      hidden: 64,
      vocabulary: 60,
      positions: 32,
      sequence: 8,
    } as const
    const digests: readonly (readonly [OnnxModelOptions, string])[] = [
      [SMALL, 'bc03525a17c1532f1d86f79155cf352e44ed1e215b4e4724d581434d2e96d5b1'],
      [
        { family: 'cnn', block: 'depthwise', size: 8, width: 4 },
        '6e9231b7f435c7934728f2173517e5930288b4b1489acce69630400c206df05b',
      ],
      [
        { family: 'encoder', layers: 2, ...transformer },
        'cc7f1abbcd6cbf1add0515acc360d8587ca47a936dbb598652ad972f0f72daa9',
      ],
      [
        { family: 'decoder', style: 'llama', layers: 2, ...transformer, precision: 'fp16' },
        '5dfc5c849a6a8c7ab793a18cd741ad6d3002f588b1a31fbf3e98a1a07c9803e2',
      ],
      [
        { family: 'rnn', inputs: 6, width: 10, outputs: 0, precision: 'int8', pruned: 0.5 },
        '1265e01a4d37a47c9cb12dfed0e91199d98b24fa2e8f78a5305a7fb19ad914e3',
      ],
      [
        { family: 'gan', latent: 8, width: 4, size: 16, precision: 'bf16' },
        '2ba8fb10e0910cc727256ee7fde0c35a40befedb61effaee8f79f3cdd656ed1e',
      ],
    ]
    for (const [options, digest] of digests) {
      expect((await provideModel(onnxModel(options), directory)).digest, options.family).toBe(digest)
    }
  })

  it('gives other bytes for another seed, and the same for another name', async () => {
    const { digest } = await provideModel(spec, directory)
    expect((await provideModel(onnxModel({ ...SMALL, seed: 2 }), directory)).digest).not.toBe(digest)
    expect((await provideModel(onnxModel({ ...SMALL, name: 'renamed' }), directory)).digest).toBe(digest)
  })

  it('keeps what it has written', async () => {
    const first = await provideModel(spec, directory)
    const { mtimeMs, ino } = statSync(first.path)
    expect(await provideModel(spec, directory)).toEqual(first)
    expect(statSync(first.path)).toMatchObject({ mtimeMs, ino })
    expect(readdirSync(directory)).toHaveLength(1)
  })

  it.each([
    ['is cut short', (path: string) => truncateSync(path, 100)],
    ['was changed', (path: string) => writeFileSync(path, readFileSync(path).fill(7, 200, 210))],
    ['is gone', (path: string) => rmSync(path)],
    [
      'has no readable description',
      (path: string) => writeFileSync(join(dirname(path), 'artifact.json'), '{'),
    ],
  ])('replaces a model that %s', async (_what, damage) => {
    const first = await provideModel(spec, directory)
    damage(first.path)
    const second = await provideModel(spec, directory)
    expect(second).toEqual(first)
    expect(sha256(second.path)).toBe(first.digest)
    expect(readdirSync(directory)).toHaveLength(1)
  })

  it('believes the content when only the time has changed, as after copying a cache', async () => {
    const first = await provideModel(spec, directory)
    const { ino } = statSync(first.path)
    utimesSync(first.path, 1, 1)
    expect(await provideModel(spec, directory)).toEqual(first)
    expect(statSync(first.path).ino).toBe(ino)
  })

  it('lets several processes build the same model at once', async () => {
    const [cache, model] = ['./artifact-cache.ts', './onnx-model.ts'].map(
      (file) => new URL(file, import.meta.url).href,
    )
    const script = `
      const { provideModel } = await import('${cache}'), { onnxModel } = await import('${model}')
      const results = await Promise.all([1, 2, 3].map(() => provideModel(onnxModel({ family: 'mlp', width: 64 }), '${directory}')))
      console.log(JSON.stringify(results.map(({ path, digest }) => [path, digest])))`
    const outputs = await Promise.all(
      [1, 2, 3].map(() =>
        promisify(execFile)(process.execPath, [
          '--conditions=servebench-source',
          '--input-type=module',
          '-e',
          script,
        ]),
      ),
    )
    const results = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as [string, string][])
    expect(results).toHaveLength(9)
    expect(new Set(results.map(String)).size).toBe(1)
    expect(sha256(results[0]?.[0] as string)).toBe(results[0]?.[1])
    expect(readdirSync(directory)).toHaveLength(1)
  })

  it('keeps the second file of a large model, and replaces both when one is damaged', async () => {
    const model = onnxModel({ family: 'mlp', width: 64 })
    const first = await provideModel(model, directory, 1000)
    const [data] = first.companions as readonly [string]
    expect(first.companions).toEqual([`${first.path}.data`])
    expect(first.size).toBe(statSync(first.path).size + statSync(data).size)
    expect(await provideModel(model, directory, 1000)).toEqual(first)
    const before = sha256(data)
    truncateSync(data, 10)
    expect(await provideModel(model, directory, 1000)).toEqual(first)
    expect(sha256(data)).toBe(before)
  })
})
