import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeModels } from 'servebench/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { tfservingServer } from '../src/index.ts'

let root = ''
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'tfserving-models-'))))
afterEach(() => rmSync(root, { recursive: true }))

it('versions are folders, whether a model has some or stands alone', async () => {
  for (const version of ['1', '3']) {
    mkdirSync(join(root, 'mine', version), { recursive: true })
    writeFileSync(join(root, 'mine', version, 'saved_model.pb'), version)
  }
  mkdirSync(join(root, 'small'))
  writeFileSync(join(root, 'small/saved_model.pb'), 'alone')
  const warmup = [{ inputs: { input: { datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] } } }] as const
  const models = await writeModels(
    tfservingServer({ models: ['mine', 'small', { model: 'small', name: 'warm', warmup }] }),
    'models',
    { root },
  )
  expect(models).toEqual([
    { name: 'mine', version: '1', path: 'mine/1' },
    { name: 'mine', version: '3', path: 'mine/3' },
    { name: 'small', version: '1', path: 'small/1' },
    { name: 'warm', version: '1', path: 'warm/1' },
  ])
  expect(readdirSync(join(root, 'models')).sort()).toEqual(['mine', 'small', 'warm'])
  expect(readdirSync(join(root, 'models/warm/1')).sort()).toEqual(
    expect.arrayContaining(['assets.extra', 'saved_model.pb']),
  )
})
