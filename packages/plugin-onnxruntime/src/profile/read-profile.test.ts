import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { profileTables } from './profile-tables.ts'
import { addProfile, emptyProfile } from './read-profile.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'profile-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

// As ONNX Runtime 1.30 writes them, without most arguments.
const node = (name: string, type: string, dur: number): string =>
  `{"cat" : "Node","pid" :1,"tid" :1,"dur" :${dur},"ts" :21147,"ph" : "X","name" :"${name}_kernel_time","args" : {"node_index" : "6","op_name" : "${type}","provider" : "CPUExecutionProvider"}},`
const RUN =
  '{"cat" : "Session","pid" :1,"tid" :1,"dur" :40,"ts" :21749,"ph" : "X","name" :"model_run","args" : {}}'
const EVENTS = [
  '[',
  '{"cat" : "Session","pid" :1,"tid" :1,"dur" :3632,"ts" :1401,"ph" : "X","name" :"session_initialization","args" : {}},',
  node('fused layer1', 'FusedGemm', 20),
  node('head', 'Gemm', 6),
  node('fused layer1', 'FusedGemm', 10),
  node('tail', 'Gemm', 4),
]

async function read(...texts: readonly string[]) {
  const profile = emptyProfile()
  for (const [index, text] of texts.entries()) {
    const path = join(folder, `${index}.json`)
    writeFileSync(path, text)
    await addProfile(path, profile)
  }
  return profile
}

it('adds operators up, over all sessions', async () => {
  const text = [...EVENTS, RUN, ']'].join('\n')
  const [operators, types] = profileTables('m', await read(text, text))
  expect(operators?.rows).toEqual([
    ['fused layer1', 'FusedGemm', 'CPU', 4, 60_000, 0.75, 15_000, 20_000],
    ['head', 'Gemm', 'CPU', 2, 12_000, 0.15, 6000, 6000],
    ['tail', 'Gemm', 'CPU', 2, 8000, 0.1, 4000, 4000],
  ])
  expect(types?.rows).toEqual([
    ['FusedGemm', 4, 60_000, 0.75, 15_000, 20_000],
    ['Gemm', 4, 20_000, 0.25, 5000, 6000],
  ])
  expect(operators?.notes[0]).toBe('2 executions, of which operators took 100.0 %.')
})

it('reads what there is of a file that was not finished, and of what is no profile', async () => {
  const { operators, unread } = await read([...EVENTS, node('cut', 'Gemm', 4).slice(0, 50)].join('\n'))
  expect([operators.size, unread]).toEqual([3, 1])
  const other = await read('null\n{"cat":"Node","name":"x_kernel_time","dur":"long"}\n{"cat":1}\nhello\n')
  expect([other.operators.size, other.unread]).toEqual([0, 2])
  expect(profileTables('m', other)).toEqual([])
})

it('shows those operators that matter, of a graph with many', async () => {
  const many = Array.from({ length: 40 }, (_, index) => node(`n${index}`, 'Add', index + 1))
  const [operators] = profileTables('m', await read(many.join('\n')))
  expect(operators?.rows).toHaveLength(25)
  expect(operators?.rows[0]?.[0]).toBe('n39')
  expect(operators?.notes).toContain('15 further operators are only in the files.')
})
