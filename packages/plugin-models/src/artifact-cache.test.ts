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
import { onnxModel } from './onnx-model.ts'

let directory: string
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'models-cache-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const spec = onnxModel({ family: 'mlp', inputs: 4, width: 8, layers: 2, outputs: 3 })
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
    expect((await provideModel(spec, directory)).digest).toBe(
      'bd11664302f222fa9aff34981c432c5a8177d9f0af1fa8263f032bcc5d2e892e',
    )
    expect(
      (await provideModel(onnxModel({ family: 'cnn', block: 'depthwise', size: 8, width: 4 }), directory))
        .digest,
    ).toBe('56072adee722778fbd5f2038ed77fab6d1ab9c4ce3d7d72b125f6c91e69f106f')
  })

  it('gives other bytes for another seed, and the same for another name', async () => {
    const { digest } = await provideModel(spec, directory)
    const small = { family: 'mlp', inputs: 4, width: 8, layers: 2, outputs: 3 } as const
    expect((await provideModel(onnxModel({ ...small, seed: 2 }), directory)).digest).not.toBe(digest)
    expect((await provideModel(onnxModel({ ...small, name: 'renamed' }), directory)).digest).toBe(digest)
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

  it('refuses a model that does not fit one ONNX file, and leaves nothing behind', async () => {
    const huge = onnxModel({ family: 'mlp', width: 8192, layers: 9 })
    await expect(provideModel(huge, directory)).rejects.toMatchObject({
      code: 'SERVEBENCH_MODEL_TOO_LARGE',
      message: expect.stringContaining('2 GiB'),
    })
    expect(readdirSync(directory)).toEqual([])
  })
})
