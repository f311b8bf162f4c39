/** Cold starts of three sizes of a model, through the built command. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunResult } from 'servebench/plugin'
import { afterAll, beforeAll, expect, it } from 'vitest'

const COMMAND = fileURLToPath(new URL('../../core/bin/servebench.js', import.meta.url))
const BENCH = `
import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, scenario } from 'servebench'

scenario('cold start', {
  matrix: { width: [16, 64, 256] },
  repeats: 2,
  server: ({ width }) => onnxServer({ models: [onnxModel({ family: 'mlp', width, layers: 2, name: 'mlp' })] }),
  target: () => oip({ model: 'mlp' }),
  coldStart: { requests: 4 },
})

scenario('profiled', {
  server: onnxServer({ models: [onnxModel({ family: 'mlp', width: 16, layers: 2, name: 'mlp' })] }),
  target: oip({ model: 'mlp' }),
  load: closed({ concurrency: 1, requests: 20 }),
  warmup: '0s',
  profile: true,
})
`

let root: string
let result: RunResult
let output: string

beforeAll(async () => {
  root = mkdtempSync(join(import.meta.dirname, 'cold-start-'))
  writeFileSync(join(root, 'servebench.config.json'), JSON.stringify({ order: 'as-written' }))
  writeFileSync(join(root, 'a.bench.ts'), BENCH)
  output = await new Promise((resolve, reject) => {
    const args = [COMMAND, 'run', '--root', root]
    execFile(process.execPath, args, { cwd: root }, (error, stdout, stderr) =>
      // On a busy machine a measurement may be invalid (3), which is not what this is about.
      error === null || error.code === 3
        ? resolve(stdout)
        : reject(new Error(`${stdout}\n${stderr}`, { cause: error })),
    )
  })
  result = JSON.parse(readFileSync(join(root, 'servebench-results/latest/result.json'), 'utf8')) as RunResult
}, 120_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

it('every repeat has a server of its own, whose parts come one after the other', () => {
  const trials = result.trials.filter(({ path }) => path[0] === 'cold start')
  expect(trials).toHaveLength(6)
  for (const trial of trials) {
    expect(trial.state).toBe('completed')
    expect(trial.counts).toMatchObject({ due: 5, completed: 5 })
    const cold = trial.coldStart
    expect(cold).toMatchObject({ kind: 'launch', failedBefore: 0, warmCount: 4, modelLoadBy: 'server' })
    const { system, live, ready, modelLoad, pause, firstAnswer, total, warm, resolution, model } = cold ?? {}
    for (const value of [system, live, ready, modelLoad, pause, firstAnswer, warm])
      expect(value).toBeGreaterThan(0)
    expect(live).toBeLessThanOrEqual(ready as number)
    expect(modelLoad).toBeLessThan(ready as number)
    expect(total).toBe((ready as number) + (firstAnswer as number))
    expect(resolution).toBe(50e6)
    expect(model?.bytes).toBeGreaterThan(0)
    // A connection of its own, opened by the first request.
    expect(trial.connections.opened).toBe(1)
  }
})

it('the tables have every size with its parts, larger models being larger', () => {
  const [table, intervals] = ['cold-start', 'cold-start-intervals'].map((name) =>
    result.analyses.find((one) => one.name === name),
  )
  expect(table?.rows.map(([name]) => name)).toEqual(['width=16', 'width=64', 'width=256'])
  const sizes = table?.rows.map((row) => row[1] as number) ?? []
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b))
  expect(new Set(sizes).size).toBe(3)
  expect(intervals?.rows.filter(([name]) => name === 'width=64').map(([, part]) => part)).toEqual([
    'start-up',
    'live',
    'model load',
    'ready',
    'first answer',
    'total',
    'warm',
  ])
  expect(output).toContain('cold start: cold start')
  expect(output).toContain('Model load: as the server itself tells.')
  const little = result.analyses.find(({ name }) => name === 'littles-law')
  expect(little?.rows.filter(([name]) => name !== 'profiled') ?? []).toEqual([])
})

it('a profile is one trial more, of which only the tables are in the report', () => {
  const trials = result.trials.filter(({ path }) => path[0] === 'profiled')
  expect(trials.map(({ role, state }) => [role, state])).toEqual([
    ['measurement', 'completed'],
    ['profile', 'completed'],
  ])
  expect(result.cases.find(({ path }) => path[0] === 'profiled')?.trials).toEqual([trials[0]?.id])
  const [list, operators] = ['profiles', `profile-${trials[1]?.id}-operators-mlp`].map((name) =>
    result.analyses.find((table) => table.name === name),
  )
  const folder = `records/${trials[1]?.id}.profile`
  expect(list?.rows).toEqual([['profiled', 'ONNX Runtime', 1, folder, '']])
  expect(operators?.rows.length).toBeGreaterThan(2)
  // Each request of the profiled trial, and of no other one.
  for (const row of operators?.rows ?? []) expect(row[3]).toBe(trials[1]?.counts.due)
  const [file = ''] = trials[1]?.profile?.files ?? []
  const path = join(root, 'servebench-results/latest', file)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(expect.any(Array))
  expect(output).toContain('ONNX Runtime: operators of mlp · profiled')
})
