import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeModels } from 'servebench/node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { vespaServer } from '../src/index.ts'

let root = ''
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'vespa-models-'))))
afterEach(() => rmSync(root, { recursive: true }))

it('an application has the models, their settings, and a port', async () => {
  writeFileSync(join(root, 'small.onnx'), 'onnx')
  const server = vespaServer({ models: { ranker: { file: 'small.onnx', intraOpThreads: 2 } } })
  expect(await writeModels(server, 'application', { root })).toEqual([
    { name: 'ranker', version: null, path: 'models/ranker.onnx' },
  ])
  expect(readdirSync(join(root, 'application/models'))).toEqual(['ranker.onnx'])
  expect(readFileSync(join(root, 'application/models/ranker.onnx'), 'utf8')).toBe('onnx')
  const services = readFileSync(join(root, 'application/services.xml'), 'utf8')
  expect(services).toContain('<intraop-threads>2</intraop-threads>')
  expect(services).toContain('<server id="main" port="8080"/>')
})
