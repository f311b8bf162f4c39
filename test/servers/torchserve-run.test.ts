/** Whole runs that start a real TorchServe. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunResult, Trial } from 'servebench/plugin'
import { install, serverFiles } from './support/install.ts'
import { expectLaws, trialOf as findTrial } from './support/laws.ts'
import { Project } from './support/project.ts'
import type { Ended } from './support/project.ts'

let project: Project
let run: Ended
let result: RunResult

beforeAll(async () => {
  const folder = install('torchserve')
  const models = join(serverFiles('torchserve'), 'models')
  project = new Project(`
import { closed, describe, scenario } from 'servebench'
import { torchserve, torchServe } from '@servebench/plugin-torchserve'

describe('torchserve', { target: () => torchserve({ model: 'slow' }), input: { body: { ms: 20 } } }, () => {
  scenario('batches', {
    matrix: { workers: [1, 2] },
    server: ({ workers }) =>
      torchServe({
        binary: '${folder}/venv/bin/torchserve',
        models: [{ name: 'slow', handler: '${models}/slow.py', batchSize: 4, maxBatchDelay: '5ms' }],
        tokens: true,
        state: { workers },
      }),
    load: closed({ concurrency: 8 }),
    check: (response) => response.json().slept_ms === 20,
  })
  scenario('logged', {
    server: torchServe({
      binary: '${folder}/venv/bin/torchserve',
      models: [
        {
          name: 'slow',
          handler: '${models}/slow.py',
          batchSize: 4,
          maxBatchDelay: '5ms',
          config: { handler: { profile: true } },
        },
      ],
      metrics: 'log',
    }),
    load: closed({ concurrency: 4 }),
    profile: { duration: '1s' },
  })
})
`)
  run = await project.run()
  result = project.result()
})
afterAll(() => project?.[Symbol.dispose]())

const trialOf = (name: string, index = 0): Trial => findTrial(result, name, index)

it('answers everything, correctly', () => {
  expect(run.code, run.output).toBe(0)
  for (const { counts, path } of result.trials) {
    expect(counts, path.join()).toMatchObject({ failed: 0, timedOut: 0, incorrect: 0 })
    expect(counts.completed).toBe(counts.due)
  }
})

it('scales the one server in place', () => {
  const [one, two] = [trialOf('batches', 0), trialOf('batches', 1)]
  expect(one.server?.effectiveConfig).toMatchObject({ models: { 'slow/1.0': { ready: 1, batchSize: 4 } } })
  expect(two.server?.effectiveConfig).toMatchObject({ models: { 'slow/1.0': { ready: 2, batchSize: 4 } } })
  expect((two.throughput ?? 0) / (one.throughput ?? 1)).toBeGreaterThan(1.2)
})

describe.each(['batches', 'logged'])('the time of requests in %s', (name) => {
  it('is that of the stages, and obeys Little’s law from both sides', async () => {
    const trial = trialOf(name)
    await expectLaws(trial, project, { stages: ['queue', 'computeInfer'] })
    expect(trial.server?.stages?.['computeInfer'] ?? 0).toBeGreaterThan(20e6)
  })

  it('has the answers that the server counts', () => {
    const table = result.analyses.find((analysis) => analysis.name === 'torchserve-answers')
    expect(table?.rows.length).toBeGreaterThan(0)
    expect(table?.notes).toEqual([])
  })
})

it('measures batches where the server logs them', () => {
  const { batchSizes, stages } = trialOf('logged').server ?? {}
  expect(Math.max(...(batchSizes ?? []).map(({ size }) => size))).toBe(4)
  expect(stages?.['meanBatch'] ?? 0).toBeGreaterThan(2)
})

it('joins what the server logs about single requests with what the client has seen of them', () => {
  const table = result.analyses.find(({ name }) => name === 'torchserve-requests')
  const rows = new Map(table?.rows.map(([, part, requests, , mean]) => [part, [requests, mean] as number[]]))
  const mean = (part: string): number => rows.get(part)?.[1] ?? NaN
  const [requests = 0] = rows.get('client') ?? []
  expect(requests).toBeGreaterThan(20)
  expect([...rows.values()].map(([count]) => count)).toEqual([...rows].map(() => requests))
  expect(mean('network') + mean('queue') + mean('backend')).toBeCloseTo(mean('client'), 0)
  // It sleeps for 20 ms.
  expect(mean('prediction')).toBeGreaterThan(20e6)
  expect(mean('prediction')).toBeLessThan(mean('backend'))
})

it('keeps tokens out of everything that it writes', () => {
  const folder = project.results
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter(
    (file) => file.isFile(),
  )
  const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
  expect(texts.some((text) => /Bearer |"API"/.test(text))).toBe(false)
})

it('leaves no process behind', () => {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const commands = pids.map((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    } catch {
      return ''
    }
  })
  expect(
    commands.filter((command) => command.includes('ModelServer') && command.includes(project.root)),
  ).toEqual([])
})
