import { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { ContentHashes } from './content-hashes.ts'

let project: TemporaryProject
let hashes: ContentHashes
let model: string
beforeEach(() => {
  project = temporaryProject({ 'models/a.onnx': 'weights', 'models/deep/b.onnx': 'more' })
  hashes = new ContentHashes()
  model = project.path('models/a.onnx')
})
afterEach(() => project[Symbol.dispose]())

const live = (): AbortSignal => new AbortController().signal
const touch = (path: string): void => utimesSync(path, new Date(), new Date(Date.now() + 5000))

async function know(path: string): Promise<void> {
  await hashes.note([path])
  await hashes.read(live())
}

describe('ContentHashes', () => {
  it('knows a file that was only touched', async () => {
    await know(model)
    expect(await hashes.hasChanged(model)).toBe(false)
    touch(model)
    expect(await hashes.hasChanged(model)).toBe(false)
    writeFileSync(model, 'weights')
    touch(model)
    expect(await hashes.hasChanged(model)).toBe(false)
  })

  it('notices another content, of another and of the same length', async () => {
    await know(model)
    writeFileSync(model, 'WEIGHTS')
    touch(model)
    expect(await hashes.hasChanged(model)).toBe(true)
    await know(model)
    expect(await hashes.hasChanged(model)).toBe(false)
    writeFileSync(model, 'longer weights')
    expect(await hashes.hasChanged(model)).toBe(true)
  })

  it('notices what was written after it was noted and before it was read', async () => {
    await hashes.note([model])
    writeFileSync(model, 'WEIGHTS')
    touch(model)
    await hashes.read(live())
    expect(await hashes.hasChanged(model)).toBe(true)
  })

  it('notices a file that is gone, and one that it does not know', async () => {
    expect(await hashes.hasChanged(model)).toBe(true)
    await know(model)
    rmSync(model)
    expect(await hashes.hasChanged(model)).toBe(true)
    await know(model)
    writeFileSync(model, 'weights')
    expect(await hashes.hasChanged(model)).toBe(true)
  })

  it('knows all that a folder holds', async () => {
    await know(project.path('models'))
    const deep = project.path('models/deep/b.onnx')
    touch(deep)
    expect(await hashes.hasChanged(deep)).toBe(false)
  })

  it('takes a touched file for changed when reading was ended early', async () => {
    await hashes.note([model])
    await hashes.read(AbortSignal.abort())
    touch(model)
    expect(await hashes.hasChanged(model)).toBe(true)
  })
})
