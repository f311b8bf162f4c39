/** What a real Triton refuses, and what happens when it cannot be asked. */
import { spawnSync } from 'node:child_process'
import { openTarget } from 'servebench/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TritonOptions } from '../../packages/plugin-triton/src/index.ts'
import { connect } from '../../packages/plugin-triton/test/support/triton-target.ts'
import { install } from './support/install.ts'
import { trialOf } from './support/laws.ts'
import { expectCounted } from './support/kill.ts'
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
  using project = new Project(bench('3s'))
  // Processes of python models outlive a server that is killed.
  const { stdout } = spawnSync('pgrep', ['-P', String(server.pid)], { encoding: 'utf8' })
  const pids = [server.pid, ...stdout.split('\n').filter(Boolean).map(Number)]
  await expectCounted(project, () => {
    for (const pid of pids) process.kill(pid, 'SIGKILL')
  })
})
