import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { writeModels } from 'servebench/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { torchServe } from '../src/index.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'torchserve-models-'))
  writeFileSync(join(root, 'small.onnx'), 'onnx')
})
afterEach(() => rmSync(root, { recursive: true }))

/** A file of an archive, by its local header (APPNOTE 4.3.7). */
function unzip(archive: Buffer, name: string): string {
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50;) {
    const [size, nameLength] = [archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26)]
    const start = at + 30 + nameLength + archive.readUInt16LE(at + 28)
    if (archive.toString('utf8', at + 30, at + 30 + nameLength) === name)
      return inflateRawSync(archive.subarray(start, start + size)).toString()
    at = start + size
  }
  throw new Error(`There is no ${name}.`)
}

it('settings are in the archive of a model that is written', async () => {
  const state = { workers: 2, batchSize: 4, maxBatchDelay: '20ms', responseTimeout: '60s' } as const
  const server = torchServe({
    models: [
      { onnx: 'small.onnx' },
      { onnx: 'small.onnx', name: 'twice' },
      { onnx: 'small.onnx', name: 'twice', version: '2.0', batchSize: 1 },
    ],
    state,
  })
  expect(await writeModels(server, 'store', { root })).toEqual([
    { name: 'small', version: '1.0', path: 'small.mar' },
    { name: 'twice', version: '1.0', path: 'twice-1.0.mar' },
    { name: 'twice', version: '2.0', path: 'twice-2.0.mar' },
  ])
  expect(readdirSync(join(root, 'store')).sort()).toEqual(['small.mar', 'twice-1.0.mar', 'twice-2.0.mar'])
  const archive = readFileSync(join(root, 'store/small.mar'))
  expect(JSON.parse(unzip(archive, 'MAR-INF/MANIFEST.json'))).toMatchObject({
    model: { modelName: 'small', modelVersion: '1.0', configFile: 'model-config.yaml' },
  })
  expect(unzip(archive, 'model.onnx')).toBe('onnx')
  expect(JSON.parse(unzip(archive, 'model-config.yaml'))).toEqual({
    minWorkers: 2,
    maxWorkers: 2,
    batchSize: 4,
    maxBatchDelay: 20,
    responseTimeout: 60,
  })
})

it('archives are taken as they are, or not at all', async () => {
  writeFileSync(join(root, 'mine.mar'), 'an archive')
  expect(await writeModels(torchServe({ models: ['mine.mar'] }), 'store', { root })).toEqual([
    { name: 'mine', version: null, path: 'mine.mar' },
  ])
  expect(readFileSync(join(root, 'store/mine.mar'), 'utf8')).toBe('an archive')
  const refused = [
    [torchServe({ models: [{ archive: 'mine.mar', workers: 2 }] }), 'cannot be written into'],
    [torchServe({ models: ['https://models.example.com/mine.mar'] }), 'is https://models.example.com'],
    [torchServe({ models: ['nosuch.mar'] }), 'is not there'],
  ] as const
  for (const [server, words] of refused)
    await expect(writeModels(server, 'other', { root })).rejects.toThrow(words)
})
