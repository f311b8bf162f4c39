/** Whole runs against a real server: what is reported adds up, and what was changed is as it was. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject, RunResult, Trial } from 'servebench/plugin'
import { install } from './support/install.ts'
import { expectLaws, trialOf as findTrial } from './support/laws.ts'
import { Project } from './support/project.ts'
import type { Ended } from './support/project.ts'
import { Triton } from './support/triton.ts'

const MODELS = ['identity', 'matmul', 'chain', 'nested', 'slow', 'repeat', 'running_sum']
const MS = 1e6
let server: Triton
let project: Project
let before: JsonObject
let run: Ended
let result: RunResult

const slow = (): Promise<JsonObject> => server.json('GET', '/v2/models/slow/config')

beforeAll(async () => {
  install('triton')
  server = await Triton.start([
    '--model-control-mode=explicit',
    ...MODELS.map((name) => `--load-model=${name}`),
  ])
  before = await slow()
  project = new Project(`
import { closed, describe, poisson, scenario } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

const at = { url: '${server.http}', grpcUrl: '${server.grpc}', metricsUrl: '${server.metrics}' }
const server = tritonServer(at)
const vector = { inputs: { INPUT: { data: [1, 2, 3, 4], shape: [1, 4] } } }
const ints = (values) => ({
  inputs: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { data: [value] }])),
})

describe('triton', () => {
  scenario('queue', {
    server: tritonServer({ ...at, state: { models: { slow: { maxBatchSize: 4, instances: 1 } } } }),
    target: () => triton({ model: 'slow', protocol: 'grpc' }),
    input: vector,
    load: closed({ concurrency: 8 }),
  })
  scenario('idle', {
    server,
    target: () => triton({ model: 'slow', protocol: 'http' }),
    input: vector,
    load: closed({ concurrency: 2 }),
  })
  scenario('open', {
    server,
    target: () => triton({ model: 'slow', protocol: 'grpc', stream: 'shared' }),
    input: vector,
    load: poisson({ rate: 60 }),
  })
  scenario('ensemble', { server, target: () => triton({ model: 'nested' }), load: closed({ concurrency: 2 }) })
  scenario('answers', {
    server,
    target: () => triton({ model: 'repeat', protocol: 'grpc' }),
    input: ints({ COUNT: 3, WAIT_MS: 30, GAP_MS: 10 }),
    load: closed({ concurrency: 2 }),
    records: 'all',
    check: (response) => response.answers.length === 3,
  })
  scenario('sequences', {
    server,
    target: () => triton({ model: 'running_sum' }),
    input: { inputs: { VALUE: { data: [1], shape: [1, 1] } } },
    exchange: { sequence: { steps: 3 } },
    load: closed({ concurrency: 3 }),
    records: 'all',
  })
})
`)
  run = await project.run()
  result = project.result()
})
afterAll(async () => {
  project?.[Symbol.dispose]()
  await server?.[Symbol.asyncDispose]()
})

const trialOf = (name: string): Trial => findTrial(result, name)

/** A row of a table, by the names of its columns. */
function rowOf(table: string, name: string, model?: string): Record<string, number> {
  const found = result.analyses.find((analysis) => analysis.name === table)
  const column = (wanted: string): number => found?.columns.findIndex((each) => each.name === wanted) ?? -1
  const row = found?.rows.find(
    (cells) =>
      (cells[column('case')] as string).endsWith(name) &&
      (model === undefined || (cells[column('model')] as string).endsWith(model)),
  )
  if (found === undefined || row === undefined)
    throw new Error(`There is no ${table} of ${name}: ${run.output}`)
  return Object.fromEntries(found.columns.map((each, index) => [each.name, row[index] as number]))
}

it('everything that was due is answered', () => {
  expect(run.code, run.output).toBe(0)
  for (const { path, counts } of result.trials) {
    expect(counts, path.join()).toMatchObject({ failed: 0, timedOut: 0, incorrect: 0 })
    expect(counts.completed).toBe(counts.due)
  }
})

describe.each(['queue', 'idle', 'open'])('the time of requests in %s', (name) => {
  it('is that of the stages: client = network + queue + compute ± 1 %', () => {
    const row = rowOf('triton-latency', name)
    const { client = 0, network = 0, queue = 0, input = 0, infer = 0, output = 0 } = row
    const serviceTime = trialOf(name).streams['main']?.serviceTime.mean ?? 0
    expect(client).toBe(serviceTime)
    expect(Math.abs(network + queue + input + infer + output - client) / client).toBeLessThan(0.01)
    expect(network).toBeGreaterThan(0)
    // The model sleeps for 20 ms.
    expect(infer).toBeGreaterThan(20 * MS)
  })

  it('obeys Little’s law, seen from the client and seen from the server', async () => {
    const stages = ['queue', 'computeInput', 'computeInfer', 'computeOutput'] as const
    await expectLaws(trialOf(name), project, { stages })
  })
})

it('a full batch waits for the one before it', () => {
  // 8 users, batches of 4, one instance: half of them are always in the queue.
  const { queue = 0, infer = 0 } = rowOf('triton-latency', 'queue')
  expect(queue / infer).toBeGreaterThan(0.7)
  expect(queue / infer).toBeLessThan(1.4)
  expect(rowOf('triton-models', 'queue')['mean batch']).toBeGreaterThan(3)
})

it('batches that cannot be filled are warned about', () => {
  expect(run.output.replace(/\s+/g, ' ')).toContain(
    "2 requests at a time cannot fill batches of 8 in 1 instance of model 'slow'",
  )
})

it('an ensemble is taken apart into its models', () => {
  const top = rowOf('triton-models', 'ensemble', 'nested')
  const work = ['chain', 'identity', 'matmul'].map(
    (model) => rowOf('triton-models', 'ensemble', `· ${model}`)['requests'] ?? 0,
  )
  // At the edges of the measurement some requests are in one of the steps.
  const requests = top['requests'] ?? 0
  for (const [index, factor] of [1, 1, 2].entries())
    expect(Math.abs((work[index] as number) - factor * requests)).toBeLessThanOrEqual(4 * factor)
  expect(rowOf('triton-latency', 'ensemble')['infer']).toBeGreaterThan(0)
})

it('answers of decoupled models are timed one by one', () => {
  const row = rowOf('triton-streams', 'answers')
  expect(row).toMatchObject({ answers: 3, fewest: 3, most: 3 })
  expect(row['first p50']).toBeGreaterThan(29 * MS)
  expect(row['first p50']).toBeLessThan(45 * MS)
  expect(row['between p50']).toBeGreaterThan(9 * MS)
  expect(row['last p50']).toBeGreaterThan(49 * MS)
})

it('sequences are timed as a whole', () => {
  const { complete, broken, mean, steps } = rowOf('triton-sequences', 'sequences')
  expect(steps).toBe(3)
  expect(complete).toBeGreaterThan(10)
  expect(broken).toBe(0)
  expect(mean).toBeGreaterThan(trialOf('sequences').serviceTime.mean ?? Infinity)
})

describe('what a run has changed', () => {
  it('was in effect, and is as it was', async () => {
    expect(trialOf('queue').server?.effectiveConfig).toMatchObject({
      models: { slow: { max_batch_size: 4 } },
    })
    expect(await slow()).toEqual(before)
  })

  it('is as it was after Ctrl-C', async () => {
    const long = project.start('-t', 'queue', '--duration', '60s')
    await expect.poll(async () => (await slow())['max_batch_size'], { timeout: 20_000 }).toBe(4)
    long.process.kill('SIGINT')
    await long.ended
    expect(await slow()).toEqual(before)
  })
})
