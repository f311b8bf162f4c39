import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createHooks } from '../hooks/hooks.ts'
import type { WriteModelsContext } from '../hooks/write-models.ts'
import { ArtifactStore } from './artifact-store.ts'
import { writeModels } from './write-models.ts'

let root = ''
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'write-models-'))))
afterEach(() => rmSync(root, { recursive: true }))

const server = { kind: 'fake', package: 'fake-plugin', launch: {}, state: {} }
const entries = (): string[] => readdirSync(root).sort()

function write(provider?: (context: WriteModelsContext) => void) {
  const hooks = createHooks()
  if (provider !== undefined) {
    hooks.writeModels.for('fake').tapPromise('fake', async (_server, context) => {
      provider(context)
      return [{ name: 'a', version: '1', path: 'a' }]
    })
  }
  const artifacts = new ArtifactStore(hooks, join(root, 'artifacts'), async () => {})
  return writeModels(server, join(root, 'models'), { hooks, artifacts, root })
}

it('turns links into copies, and leaves nothing else behind', async () => {
  writeFileSync(join(root, 'weights'), 'bytes')
  mkdirSync(join(root, 'models'))
  const models = await write(({ directory }) => {
    mkdirSync(join(directory, 'a/1'), { recursive: true })
    symlinkSync(join(root, 'weights'), join(directory, 'a/1/model.onnx'))
  })
  expect(models).toEqual([{ name: 'a', version: '1', path: 'a' }])
  rmSync(join(root, 'weights'))
  expect(readFileSync(join(root, 'models/a/1/model.onnx'), 'utf8')).toBe('bytes')
  expect(entries()).toEqual(['models'])
})

it('leaves no half of a repository when a model cannot be written', async () => {
  const writing = write(({ directory }) => {
    mkdirSync(join(directory, 'a'))
    expect(entries()).not.toContain('models')
    throw new Error('no weights')
  })
  await expect(writing).rejects.toThrow('no weights')
  expect(entries()).toEqual([])
  const linking = write(({ directory }) => symlinkSync(join(root, 'nowhere'), join(directory, 'a')))
  await expect(linking).rejects.toThrow('no such file')
  expect(entries()).toEqual([])
})

it('writes nothing over what a server may be reading', async () => {
  mkdirSync(join(root, 'models'))
  writeFileSync(join(root, 'models/a'), 'mine')
  await expect(write(() => {})).rejects.toMatchObject({ code: 'SERVEBENCH_MODELS_FOLDER' })
  expect(readFileSync(join(root, 'models/a'), 'utf8')).toBe('mine')
})

it('says when a kind of server has no layout', async () => {
  await expect(write()).rejects.toMatchObject({
    code: 'SERVEBENCH_NO_PROVIDER',
    advice: expect.stringContaining('fake-plugin') as string,
  })
  expect(entries()).toEqual([])
})
