import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { findProgram } from './find-program.ts'

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'programs-'))
  for (const folder of ['a', 'b', 'usual']) mkdirSync(join(root, folder))
  writeFileSync(join(root, 'a/serve'), 'no program')
  for (const folder of ['b', 'usual']) {
    writeFileSync(join(root, folder, 'serve'), '')
    chmodSync(join(root, folder, 'serve'), 0o755)
  }
})
afterEach(() => {
  rmSync(root, { recursive: true })
})

const find = (named: string | null, path: readonly string[], folders: readonly string[] = []) =>
  findProgram({
    program: 'serve',
    named,
    root,
    env: { PATH: ['', ...path.map((folder) => join(root, folder))].join(delimiter) },
    folders: folders.map((folder) => join(root, folder)),
  })

it('takes the first that can be run, where it usually is at last', async () => {
  expect(await find(null, ['a', 'b'], ['usual'])).toBe(join(root, 'b/serve'))
  expect(await find(null, ['a'], ['usual'])).toBe(join(root, 'usual/serve'))
  await expect(find(null, ['a'])).rejects.toThrow('There is no serve on this machine.')
})

it('takes nothing in the place of what was named', async () => {
  expect(await find('usual/serve', ['b'])).toBe(join(root, 'usual/serve'))
  expect(await find(join(root, 'usual/serve'), [])).toBe(join(root, 'usual/serve'))
  await expect(find('a/serve', ['b'])).rejects.toThrow(`${join(root, 'a/serve')} is no program.`)
  await expect(find('nowhere', ['b'])).rejects.toThrow(`${join(root, 'nowhere')} is no program.`)
})
