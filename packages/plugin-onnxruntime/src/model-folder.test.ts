import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ModelFolder } from './model-folder.ts'
import { onnxServer } from './onnx-server.ts'

let directory: string
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'model-folder-'))))
afterEach(() => rmSync(directory, { recursive: true }))

it('puts what belongs to a model beside it, under its own name', async () => {
  const [path, weights] = [join(directory, 'model.onnx'), join(directory, 'model.onnx.data')] as const
  writeFileSync(path, 'model')
  writeFileSync(weights, 'weights')
  const spec = { artifact: 'a', package: 'p', name: 'm', options: {} }
  const [model] = onnxServer({ models: [spec] }).state.models
  const folder = new ModelFolder(join(directory, 'models'), directory)
  const built = { path, companions: [weights], digest: 'd', size: 12, metadata: {} }
  const file = await folder.locate(model as NonNullable<typeof model>, () => Promise.resolve(built))
  expect(file).toEqual({ path, companions: [weights], identity: 'd' })
  await folder.put(model as NonNullable<typeof model>, file)
  const version = join(directory, 'models', 'm', '1')
  expect(readFileSync(join(version, 'model.onnx'), 'utf8')).toBe('model')
  expect(readFileSync(join(version, 'model.onnx.data'), 'utf8')).toBe('weights')
})
