/** What a real Triton refuses, and what happens when it cannot be asked. */
import { spawnSync } from 'node:child_process'
import type { JsonObject } from 'servebench/plugin'
import { openTarget } from 'servebench/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TritonOptions } from '../../packages/plugin-triton/src/index.ts'
import { connect } from '../../packages/plugin-triton/test/support/triton-target.ts'
import { install } from './support/install.ts'
import { trialOf } from './support/laws.ts'
import { Project } from './support/project.ts'
import { Triton } from './support/triton.ts'

let server: Triton
beforeAll(async () => {
  install('triton')
  server = await Triton.start([
    '--model-control-mode=explicit',
    '--load-model=identity',
    '--load-model=slow',
    '--allow-metrics=false',
  ])
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
})

describe.each(['http', 'grpc'] as const)('before the load, over %s', (protocol) => {
  const options = (rest: Partial<TritonOptions> = {}): TritonOptions => ({
    url: protocol === 'grpc' ? server.grpc : server.http,
    protocol,
    model: 'identity',
    ...rest,
  })
  const open = async (inputs: object) => openTarget(await connect(options()), [{ inputs }])
  const input = (data: ArrayLike<number>, rest: object = {}) => ({ INPUT: { data, shape: [1, 4], ...rest } })

  it('a model that is not loaded, or not there, is refused', async () => {
    await expect(connect(options({ model: 'matmul' }))).rejects.toThrow(/'matmul'/)
    await expect(connect(options({ model: 'nosuch' }))).rejects.toThrow(/'nosuch'/)
  })

  it('a wrong version is refused', async () => {
    await expect(connect(options({ version: '7' }))).rejects.toThrow(/7/)
  })

  it('inputs that do not fit are refused, with what would fit', async () => {
    await expect(open(input([1, 2, 3]))).rejects.toThrow(/3/)
    await expect(open(input([1, 2, 3, 4], { shape: [1, 2, 2] }))).rejects.toThrow(/shape/)
    await expect(open(input([1, 2, 3, 4], { datatype: 'INT64' }))).rejects.toThrow(/INT64/)
    await expect(open({ INPT: { data: [1, 2, 3, 4], shape: [1, 4] } })).rejects.toThrow(/problems/)
  })
})

const bench = (duration: string): string => `
import { constantRate, scenario } from 'servebench'
import { triton, tritonServer } from '@servebench/plugin-triton'

scenario('asked', {
  server: tritonServer({ url: '${server.http}', grpcUrl: '${server.grpc}', metricsUrl: '${server.metrics}' }),
  target: () => triton({ model: 'slow', protocol: 'grpc' }),
  input: { inputs: { INPUT: { data: [1, 2, 3, 4], shape: [1, 4] } } },
  load: constantRate({ rate: 20 }),
  duration: '${duration}',
  timeout: '2s',
})
`

it('a server without its metrics is measured by its statistics', async () => {
  using project = new Project(bench('1s'))
  const { code, output } = await project.run()
  expect(code, output).toBe(0)
  const trial = trialOf(project.result(), 'asked')
  expect(trial.counts).toMatchObject({ failed: 0, timedOut: 0 })
  expect(trial.server?.stages?.['computeInfer']).toBeGreaterThan(20e6)
})

// The last one: there is no server any more.
it('every request is counted when the server is killed', async () => {
  using project = new Project(bench('8s'))
  const answered = async (): Promise<number> => {
    const { model_stats } = (await server.json('GET', '/v2/models/slow/stats')) as {
      readonly model_stats: readonly { readonly inference_stats: { readonly success: JsonObject } }[]
    }
    return Number(model_stats[0]?.inference_stats.success['count'])
  }
  const before = await answered()
  const run = project.start('--reporter', 'console')
  // Warm-up has 500 ms, so the measurement is under way.
  await expect.poll(answered, { timeout: 60_000 }).toBeGreaterThan(before + 30)
  // Processes of python models outlive a server that is killed.
  const { stdout } = spawnSync('pgrep', ['-P', String(server.pid)], { encoding: 'utf8' })
  for (const pid of [server.pid, ...stdout.split('\n').filter(Boolean).map(Number)])
    process.kill(pid, 'SIGKILL')
  const { code, output } = await run.ended
  expect(code, output).not.toBe(0)
  const { counts } = trialOf(project.result(), 'asked')
  const { due, completed, failed, timedOut, dropped, censored } = counts
  expect(due).toBe(completed + failed + timedOut + dropped + censored)
  expect(completed).toBeGreaterThan(0)
  expect(failed + dropped + timedOut).toBeGreaterThan(0)
})
