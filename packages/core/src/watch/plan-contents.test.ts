import { mkdirSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { mainStream, planFixture } from '../../test/result-fixture.ts'
import { externalModel } from '../../test/support/external-model.ts'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import type { JsonObject } from '../units/json.ts'
import { PlanContents } from './plan-contents.ts'

let project: TemporaryProject
beforeEach(() => {
  project = temporaryProject({
    'models/mlp.onnx': 'weights',
    'models/deep/config.pbtxt': 'config',
    'server.yaml': 'threads: 1',
    'results/models/mlp.onnx': 'a copy',
  })
})
afterEach(() => project[Symbol.dispose]())

function open(imports: readonly string[] = []): PlanContents {
  const { root } = project
  return new PlanContents({
    root,
    output: join(root, 'results'),
    imports: (file) => [file, ...imports.map((path) => join(root, path))],
  })
}

/** As a new run sees it. */
async function contents(launch: JsonObject): Promise<Readonly<Record<string, string>>> {
  const server = { kind: 'x', package: 'p', launch, state: {} }
  return await open().of({ ...planFixture(), server })
}
const write = (path: string, text: string | Buffer): void => writeFileSync(join(project.root, path), text)

it('tells a change of content from a touch', async () => {
  const launch = { model: { file: 'models/mlp.onnx' }, threads: 1, mode: 'fast' }
  const before = await contents(launch)
  expect(before).toEqual({ 'models/mlp.onnx': expect.stringMatching(/^[0-9a-f]{16}$/) })
  utimesSync(join(project.root, 'models/mlp.onnx'), 1, 1)
  expect(await contents(launch)).toEqual(before)
  write('models/mlp.onnx', 'WEIGHTS')
  const after = await contents(launch)
  expect(after['models/mlp.onnx']).not.toBe(before['models/mlp.onnx'])
  write('models/mlp.onnx', 'weights')
  expect(await contents(launch)).toEqual(before)
})

it('looks at all that a folder holds, and at nothing that no plan names', async () => {
  const launch = { repository: './models' }
  const before = await contents(launch)
  expect(Object.keys(before)).toEqual(['models'])
  write('server.yaml', 'threads: 2')
  expect(await contents(launch)).toEqual(before)
  write('models/deep/config.pbtxt', 'another')
  const changed = await contents(launch)
  expect(changed).not.toEqual(before)
  mkdirSync(join(project.root, 'models/new'))
  write('models/new/a.onnx', '')
  expect(await contents(launch)).not.toEqual(changed)
})

it('passes over what is not there, and what lies among the results', async () => {
  expect(await contents({ a: 'models/gone.onnx', b: 'results/models/mlp.onnx', c: 'http://x/y' })).toEqual({})
})

it('looks at the files that hold the weights of an ONNX model', async () => {
  write('models/big.onnx', externalModel({ w: 'big.data' }))
  write('models/big.data', Buffer.alloc(128, 1))
  const before = await contents({ file: 'models/big.onnx' })
  write('models/big.data', Buffer.alloc(128, 2))
  expect(await contents({ file: 'models/big.onnx' })).not.toEqual(before)
})

it('tells a file that is too large to be read by its size, its time and pieces of it', async () => {
  const path = join(project.root, 'models/huge.bin')
  write('models/huge.bin', 'begins so')
  // A hole: nothing of it is on the disk.
  truncateSync(path, 1024 * 1024 * 1024 + 1)
  utimesSync(path, 1000, 1000)
  const before = await contents({ file: 'models/huge.bin' })
  expect(await contents({ file: 'models/huge.bin' })).toEqual(before)
  utimesSync(path, 1001, 1001)
  const touched = await contents({ file: 'models/huge.bin' })
  expect(touched).not.toEqual(before)
})

it('reads once in a run', async () => {
  const reader = open()
  const server = { kind: 'x', package: 'p', launch: { file: 'models/mlp.onnx' }, state: {} }
  const before = await reader.of({ ...planFixture(), server })
  write('models/mlp.onnx', 'WEIGHTS')
  expect(await reader.of({ ...planFixture(), server })).toEqual(before)
})

it('looks at what a bench file imports where functions of it are called', async () => {
  const plan = planFixture()
  const main = mainStream(plan)
  const check = { file: plan.file, digest: 'd', path: plan.path, case: plan.case, option: 'check' }
  const called = { ...plan, server: null, streams: { main: { ...main, check } } }
  expect(Object.keys(await open(['server.yaml']).of(called))).toEqual(['server.yaml'])
  const uncalled = { ...called, streams: { main: { ...main, check: null } } }
  expect(await open(['server.yaml']).of(uncalled)).toEqual({})
})
