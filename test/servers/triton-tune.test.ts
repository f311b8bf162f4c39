/** A study on a real server: what it finds is certain by how the server sleeps, and the server is as it was. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunResult } from 'servebench/plugin'
import { install } from './support/install.ts'
import { Project } from './support/project.ts'
import type { Ended } from './support/project.ts'
import { Triton } from './support/triton.ts'

/** The model sleeps so long for each batch, whatever the machine does. */
const SLEEP = 0.02
const USERS = 12

let server: Triton
let project: Project
let before: string
let run: Ended
let result: RunResult

/** What clients see of the model, byte by byte: its configuration, and that it is ready. */
async function stateOfModel(): Promise<string> {
  const config = await (await fetch(`${server.http}/v2/models/slow/config`)).text()
  const ready = await fetch(`${server.http}/v2/models/slow/ready`)
  const index = await (
    await fetch(`${server.http}/v2/repository/index`, { method: 'POST', body: '{}' })
  ).text()
  return `${ready.status}\n${index}\n${config}`
}

beforeAll(async () => {
  install('triton')
  server = await Triton.start(['--model-control-mode=explicit', '--load-model=slow'])
  before = await stateOfModel()
  project = new Project(`
import { closed, study } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

study('slow', {
  space: { instances: [1, 3], maxBatchSize: [1, 8] },
  server: ({ instances, maxBatchSize }) =>
    tritonServer({
      url: '${server.http}',
      grpcUrl: '${server.grpc}',
      metricsUrl: '${server.metrics}',
      state: { models: { slow: { instances, maxBatchSize } } },
    }),
  target: triton({ model: 'slow', protocol: 'grpc' }),
  input: { inputs: { INPUT: { data: [1, 2, 3, 4], shape: [1, 4] } } },
  load: closed({ concurrency: ${USERS} }),
  // One request at a time takes ${USERS} times the sleep, whoever waits.
  constraints: { p50: '${1000 * SLEEP * USERS * 0.6}ms' },
  confirm: { rounds: 2, leaders: 1 },
  ablation: false,
  warmup: '300ms',
  duration: '1s',
})
`)
  run = await project.run('tune')
  result = project.result()
})
afterAll(async () => {
  project?.[Symbol.dispose]()
  await server?.[Symbol.asyncDispose]()
})

describe('a study on a server that was running', () => {
  it('finds a configuration that keeps the latency budget, which the default cannot', () => {
    const [study] = result.studies ?? []
    expect(study?.outcome, run.output).toBe('winner')
    expect(study?.points).toHaveLength(4)
    const point = (id: string | undefined) => study?.points.find((one) => one.id === id)
    const throughput = (id: string | undefined): number =>
      study?.measurements[point(id)?.best ?? -1]?.metrics['throughput'] ?? Number.NaN
    expect(point(study?.baseline)).toMatchObject({
      configuration: { instances: 1, maxBatchSize: 1 },
      feasible: false,
    })
    expect(point(study?.best[0])).toMatchObject({ feasible: true })
    // One more may have been about to end when the measurement began.
    expect(throughput(study?.baseline)).toBeLessThanOrEqual(1 / SLEEP + 1)
    expect(throughput(study?.best[0])).toBeGreaterThan(1.5 / SLEEP)
  })

  it('leaves it byte by byte as it was', async () => {
    expect(await stateOfModel()).toBe(before)
  })

  it('takes its CPU for that of the server, and says where its own time went', () => {
    for (const trial of result.trials) {
      expect(trial.attached?.map(({ unknown }) => unknown)).not.toContainEqual(expect.any(String))
      expect(trial.attached?.[0]?.processes).toEqual([{ pid: server.pid, command: 'tritonserver' }])
      expect(trial.perRequest?.serverCpu).not.toBeNull()
      expect(trial.engine.foreignCpu).not.toBeNull()
    }
    const { total, measuring, servers } = result.run.time ?? { total: 0, measuring: 0, servers: 0 }
    expect(measuring).toBeGreaterThanOrEqual(result.trials.length * 1e9)
    expect(servers).toBeGreaterThan(0)
    expect(measuring + servers).toBeLessThan(total)
  })

  it('can be killed: the next start says what it has left, and doctor takes it back', async () => {
    const isChanged = async (): Promise<boolean> => (await stateOfModel()) !== before
    const killed = project.start('tune', '--fresh', '--set', 'maxBatchSize=8')
    await expect.poll(isChanged, { timeout: 20_000 }).toBe(true)
    killed.process.kill('SIGKILL')
    await killed.ended
    expect(await isChanged()).toBe(true)
    // All of it has been measured already.
    const next = await project.run('tune')
    expect(next.output).toContain('servebench doctor --restore')
    const doctor = await project.run('doctor', '--restore')
    expect(doctor.output).toContain('taken back')
    expect(await stateOfModel()).toBe(before)
  })
})
