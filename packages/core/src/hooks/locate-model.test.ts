import { mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { externalModel } from '../../test/support/external-model.ts'
import { linkModel, locateModel } from './locate-model.ts'
import type { LocatedModel } from './locate-model.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'servebench-test-'))
  mkdirSync(join(root, 'mine/weights'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true }))

const write = (name: string, content: string | Uint8Array): void => writeFileSync(join(root, name), content)
const locate = (source: string): Promise<LocatedModel> =>
  locateModel({ name: 'm', source, root, artifact: () => Promise.reject(new Error('no artifact')) })

describe('an ONNX file whose weights are elsewhere', () => {
  beforeEach(() => {
    write('mine/a.onnx', externalModel({ a: 'a.data', b: 'weights/b.data', c: 'a.data' }))
    write('mine/a.data', 'A')
    write('mine/weights/b.data', 'B')
  })

  it('comes with them', async () => {
    expect((await locate('mine/a.onnx')).companions).toEqual([
      { name: 'a.data', path: join(root, 'mine/a.data') },
      { name: 'weights/b.data', path: join(root, 'mine/weights/b.data') },
    ])
  })

  it('is another one when they are', async () => {
    const { identity } = await locate('mine/a.onnx')
    expect((await locate('mine/a.onnx')).identity).toBe(identity)
    write('mine/weights/b.data', 'BB')
    expect((await locate('mine/a.onnx')).identity).not.toBe(identity)
  })

  it('is put with them where a server looks for it', async () => {
    const folder = join(root, 'models')
    mkdirSync(folder)
    await linkModel(await locate('mine/a.onnx'), join(folder, 'model.onnx'))
    expect(readlinkSync(join(folder, 'model.onnx'))).toBe(join(root, 'mine/a.onnx'))
    expect(readFileSync(join(folder, 'a.data'), 'utf8')).toBe('A')
    expect(readFileSync(join(folder, 'weights/b.data'), 'utf8')).toBe('B')
  })

  it.each([
    ['is not there', 'lost.data'],
    ['leads out of its folder', '../../etc/passwd'],
    ['is a folder', 'weights'],
  ])('is refused when one %s', async (_name, location) => {
    write('mine/b.onnx', externalModel({ a: 'a.data', b: location }))
    await expect(locate('mine/b.onnx')).rejects.toMatchObject({
      code: 'SERVEBENCH_MODEL_FILE',
      message: `Model 'm' has weights in '${location}', which is not beside ${join(root, 'mine/b.onnx')}.`,
      advice: expect.stringContaining('external data') as string,
    })
  })
})

it('leaves it to the server to say what is wrong with a file', async () => {
  write('mine/none.onnx', 'no model at all')
  expect(await locate('mine/none.onnx')).toMatchObject({ companions: [], size: 15 })
})

it('says which file is not there', async () => {
  await expect(locate('nowhere.onnx')).rejects.toMatchObject({ code: 'SERVEBENCH_MODEL_FILE' })
})
