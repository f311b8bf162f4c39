import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { externalModel } from '../../core/test/support/external-model.ts'
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
  expect(file).toEqual({ path, companions: [{ name: basename(weights), path: weights }], identity: 'd' })
  await folder.put(model as NonNullable<typeof model>, file)
  const version = join(directory, 'models', 'm', '1')
  expect(readFileSync(join(version, 'model.onnx'), 'utf8')).toBe('model')
  expect(readFileSync(join(version, 'model.onnx.data'), 'utf8')).toBe('weights')
})

it("brings the weights along that an ONNX file of the user's has elsewhere", async () => {
  mkdirSync(join(directory, 'mine/weights'), { recursive: true })
  writeFileSync(join(directory, 'mine/own.onnx'), externalModel({ w: 'weights/w.bin' }))
  const weights = Float32Array.from({ length: 32 }, (_, index) => index)
  writeFileSync(join(directory, 'mine/weights/w.bin'), new Uint8Array(weights.buffer))
  const [model] = onnxServer({ models: ['mine/own.onnx'] }).state.models
  const folder = new ModelFolder(join(directory, 'models'), directory)
  const file = await folder.locate(model as NonNullable<typeof model>, () =>
    Promise.reject(new Error('none')),
  )
  await folder.put(model as NonNullable<typeof model>, file)
  const session = await InferenceSession.create(join(directory, 'models/own/1/model.onnx'))
  const [row] = Object.values(await session.run({ x: new Tensor(Float32Array.of(0, 1, 0, 0), [1, 4]) }))
  expect([...((row as Tensor).data as Float32Array)]).toEqual([8, 9, 10, 11, 12, 13, 14, 15])
  await session.release()
})
