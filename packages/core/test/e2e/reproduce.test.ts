/** One seed, one schedule and one set of inputs: in a second run, and whatever the number of workers. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import type { Trial } from '../../src/report/result.ts'
import { servebench } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { population, readRecords, type RecordRow } from './support/records.ts'

const BENCH = `
import { generate, http, poisson, scenario } from 'servebench'
scenario('poisson', {
  target: http({ url: process.env.TARGET_URL + '/echo' }),
  input: generate(({ random, index }) => ({ body: { draw: random.next(), index } })),
  load: poisson({ rate: 400 }),
  repeats: 2,
})`

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer()
  project = new E2eProject({ 'a.bench.ts': BENCH })
})
afterAll(async () => {
  project[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

interface Measured {
  readonly trial: Trial
  readonly schedule: string[]
  readonly rows: RecordRow[]
}

/** The population's schedule: unit by unit, when it is due and with which payload size. */
async function measure(args: readonly string[], repeat = 0): Promise<Measured> {
  const run = await servebench(project, args, { env: { TARGET_URL: server.url } })
  expect(run.code, run.output).toBe(0)
  const trial = trialOf(project.result(), 'poisson', {}, repeat)
  const rows = population(readRecords(project.path('servebench-results/latest'), trial))
  return {
    trial,
    rows,
    schedule: rows
      .sort((a, b) => a.unit - b.unit)
      .map((row) => `${row.unit} ${row.intended} ${row.bytes_out}`),
  }
}

it('a seed repeats itself exactly, and another one does not', async () => {
  const first = await measure(['--seed', 'a'])
  const again = await measure(['--seed', 'a'])
  const other = await measure(['--seed', 'b'])
  expect(first.schedule.length).toBeGreaterThan(60)
  expect(again.schedule).toEqual(first.schedule)
  expect(again.trial.planHash).toBe(first.trial.planHash)
  expect(again.trial.id).toBe(first.trial.id)
  expect(other.schedule).not.toEqual(first.schedule)
  expect(other.trial.id).toBe(first.trial.id)
  // Repeats of one run differ from each other.
  const second = trialOf(project.result(), 'poisson', {}, 1)
  const rows = population(readRecords(project.path('servebench-results/latest'), second))
  expect(rows.map((row) => row.intended)).not.toEqual(other.rows.map((row) => row.intended))
}, 60_000)

it('is not changed by the number of workers', async () => {
  const one = await measure(['--seed', 'a', '--workers', '1'])
  const three = await measure(['--seed', 'a', '--workers', '3'])
  expect(three.trial.workers).toBe(3)
  expect(new Set(three.rows.map((row) => row.worker))).toEqual(new Set([0, 1, 2]))
  expect(three.schedule).toEqual(one.schedule)
  for (const row of three.rows) expect(row.worker).toBe(row.unit % 3)
}, 60_000)

it('is printed and stored when it was not given, and reproduces the run', async () => {
  const run = await servebench(project, [], { env: { TARGET_URL: server.url } })
  const { seed } = project.result().run
  expect(run.stdout).toContain(`seed ${seed}`)
  const trial = trialOf(project.result(), 'poisson')
  const rows = population(readRecords(project.path('servebench-results/latest'), trial))
  const again = await measure(['--seed', seed])
  const due = (each: readonly RecordRow[]): number[] => each.map((row) => row.intended).sort((a, b) => a - b)
  expect(due(again.rows)).toEqual(due(rows))
}, 60_000)
