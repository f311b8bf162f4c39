import { spawn } from 'node:child_process'
import manifest from '../package.json' with { type: 'json' }
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import { join } from 'node:path'
import { onnxModel } from '@servebench/plugin-models'
import { tunableValues } from 'servebench/plugin'
import { checkTuning, connectTuning } from 'servebench/testing'
import type { LaunchContext, RunningServer, ServerControl, ServerProcess } from 'servebench/plugin'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { launchServer } from '../src/launch.ts'
import { plugin } from '../src/plugin.ts'
import { onnxServer, type OnnxServerOptions } from '../src/onnx-server.ts'
import { arithmeticModel, buildModel, identityModel } from './support/models.ts'

const directory = mkdtempSync(join(tmpdir(), 'onnx-control-'))
let running: RunningServer | undefined
let sequence = 0

afterEach(async () => {
  await running?.stop()
  running = undefined
})
afterAll(() => rmSync(directory, { recursive: true }))

const mlp = onnxModel({ family: 'mlp', inputs: 4, width: 8, layers: 1 })

/** As the runner's, without its guard. */
function createContext(): LaunchContext {
  sequence += 1
  const scratch = join(directory, String(sequence))
  mkdirSync(scratch)
  return {
    artifact: (spec) => buildModel(spec, join(directory, 'cache')),
    port: freePort,
    host: '127.0.0.1',
    container: null,
    spawn: async ({ command, args }) => start(command ?? '', args),
    modelFiles: async () => {},
    async waitUntilReady(_process, probe) {
      const started = performance.now()
      while (!(await probe(AbortSignal.timeout(5000)))) {
        if (performance.now() - started > 15_000) throw new Error('The server is not ready.')
      }
      return 1e6 * (performance.now() - started)
    },
    directory: scratch,
    root: directory,
    signal: new AbortController().signal,
    log: { info: () => undefined, warn: () => undefined },
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function start(command: string, args: readonly string[]): ServerProcess {
  const child = spawn(command, args, { stdio: 'ignore' })
  const exited = once(child, 'exit').then(
    ([code, signal]) => ({ code, signal }) as { code: number | null; signal: string | null },
  )
  return {
    pid: child.pid as number,
    logTail: () => '',
    exited,
    async stop() {
      child.kill('SIGTERM')
      await exited
    },
  }
}

async function launch(
  options: OnnxServerOptions,
): Promise<{ server: RunningServer; control: Required<ServerControl> }> {
  running = await launchServer(onnxServer(options), createContext())
  return { server: running, control: running.control as Required<ServerControl> }
}

const build = {
  artifact: (spec: Parameters<LaunchContext['artifact']>[0]) => buildModel(spec, join(directory, 'cache')),
}

async function apply(
  control: Required<ServerControl>,
  options: OnnxServerOptions,
): Promise<Record<string, Record<string, unknown>>> {
  const effective = (await control.configure(onnxServer(options).state, build)) as {
    models: Record<string, Record<string, unknown>>
  }
  return effective.models
}

async function namesOfModels(control: ServerControl): Promise<string[]> {
  return (await control.metadata()).models.filter(({ state }) => state === 'READY').map(({ name }) => name)
}

describe('a launched server', () => {
  it('is ready with its models, says where it is and how long its start took', async () => {
    const { server, control } = await launch({ models: [mlp, identityModel(directory, 'INT8')] })
    expect(server).toMatchObject({ kind: 'onnx', local: true, version: manifest.version })
    expect(Object.keys(server.endpoints).sort()).toEqual(['grpc', 'http', 'metrics'])
    expect(server.startup['ready']).toBeCloseTo(
      (server.startup['process'] as number) + (server.startup['modelLoad'] as number),
      0,
    )
    expect(await control.health()).toEqual({ live: true, ready: true })
    expect(await namesOfModels(control)).toEqual(['identity-INT8-Nx3', 'mlp-1x8'])
    expect(await control.metrics()).toContain('nv_inference_request_success{model="mlp-1x8",version="1"} 0')
  })

  it('fails when a file is missing, before anything is started', async () => {
    await expect(launch({ models: ['nowhere.onnx'] })).rejects.toMatchObject({
      code: 'SERVEBENCH_MODEL_FILE',
    })
  })
})

describe('configure', () => {
  it('changes nothing, and loses no statistics, when the state is in effect', async () => {
    const { server, control } = await launch({ models: [mlp] })
    const infer = `${server.endpoints['http']}/v2/models/mlp-1x8/infer`
    await fetch(infer, {
      method: 'POST',
      body: JSON.stringify({
        inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }],
      }),
    })
    const effective = await apply(control, { models: [mlp] })
    expect(effective['mlp-1x8']).toMatchObject({ instances: 1, batching: null, maxQueueSize: 1024 })
    const statistics = (await control.statistics()).models['mlp-1x8']
    expect(statistics).toMatchObject({
      success: { count: 1 },
      fail: { count: 0 },
      inferences: 1,
      executions: 1,
      batches: [{ size: 1 }],
    })
    expect(statistics?.success.ns).toBeGreaterThanOrEqual(statistics?.computeInfer.ns as number)
  })

  it('brings every setting into effect and reads it back', async () => {
    const { control } = await launch({ models: [mlp] })
    const effective = await apply(control, {
      models: [mlp],
      instances: 2,
      intraOpThreads: 2,
      interOpThreads: 3,
      executionMode: 'parallel',
      graphOptimizationLevel: 'basic',
      allowSpinning: false,
      dynamicBatching: { maxBatchSize: 8, maxQueueDelay: '500us', preferred: [4, 8] },
      maxQueueSize: 7,
    })
    expect(effective['mlp-1x8']).toEqual({
      instances: 2,
      maxBatchSize: 8,
      batching: { maxQueueDelay: 500_000, preferred: [4, 8] },
      maxQueueSize: 7,
      session: {
        intraOpThreads: 2,
        interOpThreads: 3,
        executionMode: 'parallel',
        graphOptimizationLevel: 'basic',
        executionProviders: ['cpu'],
        entries: { 'session.intra_op.allow_spinning': '0' },
      },
    })
    const target = { kind: 'oip', package: '', options: { model: 'mlp-1x8' } }
    expect(await control.batching?.(target)).toEqual({
      model: 'mlp-1x8',
      size: 4,
      instances: 2,
      delay: 500_000,
    })
    await apply(control, { models: [mlp] })
    expect(await control.batching?.(target)).toBeNull()
  })

  it('profiles a model on sessions of their own, and leaves no trace of it', async () => {
    const { control, server } = await launch({ models: [mlp], instances: 2 })
    const config = async (): Promise<unknown> =>
      (await fetch(`${server.endpoints['http']}/v2/models/mlp-1x8/config`)).json()
    const before = await config()
    const target = { kind: 'oip', package: '', options: { model: 'mlp-1x8' } }
    const kept = join(directory, `kept-${sequence}`)
    mkdirSync(kept)
    const options = { directory: kept, targets: [target, target], duration: null }
    const profiler = await control.profile?.(options)
    expect(await config()).not.toEqual(before)
    const inputs = [{ name: 'input', datatype: 'FP32', shape: [1, 4], data: [1, 2, 3, 4] }]
    for (let request = 0; request < 3; request++) {
      const url = `${server.endpoints['http']}/v2/models/mlp-1x8/infer`
      expect((await fetch(url, { method: 'POST', body: JSON.stringify({ inputs }) })).status).toBe(200)
    }
    const profile = await profiler?.stop()
    expect(await config()).toEqual(before)
    // One of each session, whoever has answered.
    expect(profile).toMatchObject({ name: 'ONNX Runtime', notes: [] })
    expect(readdirSync(kept).sort()).toEqual([...(profile?.files ?? [])].sort())
    expect(profile?.files).toHaveLength(2)
    const [operators, types] = profile?.tables ?? []
    expect(operators?.rows.map((row) => row[3])).toEqual(operators?.rows.map(() => 3))
    expect(types?.rows.length).toBeGreaterThan(0)
    await expect(
      control.profile?.({ ...options, targets: [{ ...target, options: { model: 'none' } }] }),
    ).rejects.toThrow('none')
  })

  it('loads and unloads models, and restores those of the start', async () => {
    const { control } = await launch({ models: [mlp] })
    await apply(control, { models: [arithmeticModel(directory), { model: mlp, name: 'copy' }] })
    expect(await namesOfModels(control)).toEqual(['arithmetic', 'copy'])
    await control.restore()
    expect(await namesOfModels(control)).toEqual(['mlp-1x8'])
  })

  it('loads a file again when its content has changed', async () => {
    const { server, control } = await launch({
      models: [{ model: identityModel(directory, 'INT8'), name: 'm' }],
    })
    const typeOf = async (): Promise<string> =>
      (
        (await (await fetch(`${server.endpoints['http']}/v2/models/m`)).json()) as {
          inputs: [{ datatype: string }]
        }
      ).inputs[0].datatype
    expect(await typeOf()).toBe('INT8')
    const path = identityModel(directory, 'FP64')
    await apply(control, { models: [{ model: path, name: 'm' }] })
    expect(await typeOf()).toBe('FP64')
    copyFileSync(identityModel(directory, 'BOOL'), path)
    utimesSync(path, 1, 1)
    await apply(control, { models: [{ model: path, name: 'm' }] })
    expect(await typeOf()).toBe('BOOL')
  })

  it('reports what the server refuses', async () => {
    const { control } = await launch({ models: [mlp] })
    await expect(apply(control, { models: [mlp], executionProviders: ['nope'] })).rejects.toMatchObject({
      code: 'SERVEBENCH_SERVER_CONTROL',
      message: expect.stringContaining('nope'),
    })
    await expect(control.loadModel('unknown')).rejects.toThrow("Failed to load 'unknown'")
  })
})

describe('tunables', () => {
  it('are applied by the running server, each of them', async () => {
    const spec = onnxServer({ models: [mlp] })
    const { control } = await launch({ models: [mlp] })
    const tuning = await connectTuning(plugin, spec)
    const tunables = await control.tunables()
    expect((await checkTuning(tuning, spec, tunables)).applied).toBeGreaterThan(50)
    const [name = ''] = await namesOfModels(control)
    const before = await apply(control, { models: [mlp] })
    for (const tunable of tunables.filter(({ change }) => change !== 'restart')) {
      const value = tunableValues(tunable).find((other) => !isDeepStrictEqual(other, tunable.default))
      // Providers that this machine lacks leave no other choice.
      if (value === undefined) continue
      const { state } = tuning.apply(spec, tunable.path, value)
      const effective = (await control.configure(state, build)) as { models: typeof before }
      expect(effective.models[name], tunable.path).not.toEqual(before[name])
    }
    await control.restore()
    expect(await apply(control, { models: [mlp] })).toEqual(before)
  })
})
