import { symlinkSync } from 'node:fs'
import { afterEach, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { examineModelFiles, parseResident } from './model-files.ts'

let project: TemporaryProject
afterEach(() => project?.[Symbol.dispose]())

it('files count once, whatever leads to them', async () => {
  project = temporaryProject({ 'a/1/model.onnx': 'x'.repeat(1000), 'a/config': 'y'.repeat(24) })
  symlinkSync(project.path('a/1/model.onnx'), project.path('link.onnx'))
  const found = await examineModelFiles(
    [project.path('a'), project.path('link.onnx'), project.path('missing')],
    false,
  )
  expect(found.bytes).toBe(1024)
  if (found.cached !== null) expect(found.cached).toBeGreaterThanOrEqual(0)
  expect((await examineModelFiles([], true)).bytes).toBe(0)
})

it('what is in memory is a share of the bytes of the files', () => {
  // The last page of a file is resident as a whole.
  expect(parseResident('4096 1000\n0 3000\n')).toBe(0.25)
  expect(parseResident('0 10\n')).toBe(0)
  expect(parseResident('0 0\n')).toBeNull()
  expect(parseResident('fincore: failed to open\n')).toBeNull()
})
