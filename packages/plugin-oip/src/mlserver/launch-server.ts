import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ExitCode, findProgram, ServebenchError, tuningMachine } from 'servebench/plugin'
import type { LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { createClient } from '../server/create-client.ts'
import { oipControl } from '../server/oip-control.ts'
import { MLSERVER } from './server.ts'
import type { MlServerSpec } from './server.ts'
import { readMetrics } from './statistics.ts'
import { listTunables } from './tuning/tunables.ts'
import { writeModels } from './write-models.ts'

const NANOS = 1e6
const HOST = '127.0.0.1'
const PROGRAM = 'mlserver'
const BINARY_VARIABLE = 'SERVEBENCH_MLSERVER'

/** Starts a server on loopback with its models, and waits until they are ready. */
export async function launchServer(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch } = plan as unknown as MlServerSpec
  const binary = await findServer(launch.binary, context.root)
  const folders = { models: join(context.directory, 'models'), metrics: join(context.directory, 'metrics') }
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true })
  const written = await writeModels(plan, {
    directory: folders.models,
    root: context.root,
    artifact: (spec) => context.artifact(spec),
  })
  await context.modelFiles([folders.models])
  const ports = {
    http: await context.port(),
    grpc: await context.port(),
    metrics: await context.port(),
  }
  const spawned = performance.now()
  const server = await context.spawn({
    command: binary,
    args: ['start', folders.models],
    cwd: context.directory,
    env: {
      MLSERVER_HOST: HOST,
      MLSERVER_HTTP_PORT: String(ports.http),
      MLSERVER_GRPC_PORT: String(ports.grpc),
      MLSERVER_METRICS_PORT: String(ports.metrics),
      MLSERVER_METRICS_DIR: folders.metrics,
      MLSERVER_PARALLEL_WORKERS: String(launch.parallelWorkers),
      MLSERVER_DEBUG: 'false',
      ...launch.env,
    },
  })
  const http = `http://${HOST}:${ports.http}`
  const metrics = `http://${HOST}:${ports.metrics}/metrics`
  const client = createClient(http, 'http', { signal: context.signal })
  const timeout = launch.startTimeout
  await context.waitUntilReady(server, () => client.live(), { timeout })
  const live = performance.now()
  // What cannot be loaded is not missed by the server itself: it is ready without it.
  const isSettled = async (): Promise<boolean> => {
    if (/Couldn't load model|Failed load model settings/.test(server.logTail())) return true
    for (const { name } of written) if (!(await client.modelReady(name, '').catch(() => false))) return false
    return true
  }
  await context.waitUntilReady(server, isSettled, { timeout })
  const ready = performance.now()
  for (const { name } of written) {
    if (!(await client.modelReady(name, '').catch(() => false))) throw notLoaded(name, server.logTail())
  }
  const control = await oipControl({ url: http, metricsUrl: metrics, signal: context.signal })
  const readText = control.metrics
  return {
    kind: MLSERVER,
    endpoints: { http, grpc: `http://${HOST}:${ports.grpc}`, metrics },
    process: server,
    version: control.server?.version ?? null,
    local: true,
    control: {
      ...control,
      ...(readText === undefined
        ? {}
        : { statistics: async () => readMetrics(await readText.call(control)) }),
      tunables: async () => listTunables(launch, tuningMachine()),
    },
    // Models are loaded before it can be asked: live and load cannot be told apart.
    startup: {
      process: (live - spawned) * NANOS,
      ready: (ready - spawned) * NANOS,
    },
    bare: { ...plan, launch: { ...launch, models: [] } },
    stop: () => server.stop(),
  }
}

async function findServer(named: string | null, root: string): Promise<string> {
  const wanted = named ?? process.env[BINARY_VARIABLE]
  return findProgram({ program: PROGRAM, named: wanted, root, env: process.env }).catch((error: Error) => {
    throw new ServebenchError('SERVEBENCH_MLSERVER_BINARY', error.message, {
      advice: `Install it (pip install mlserver), and say where with mlServer({ binary }) or ${BINARY_VARIABLE}.`,
      exitCode: ExitCode.target,
    })
  })
}

function notLoaded(name: string, log: string): ServebenchError {
  const reason = log
    .split('\n')
    .filter((line) =>
      /^\S*(Error|Exception)\b|^[\w.]+(Error|Fail|Exception|InvalidGraph|InvalidProtobuf)\b.*:/.test(line),
    )
    .at(-1)
  const message = `MLServer could not load model '${name}'${reason === undefined ? '' : `: ${reason.trim()}`}`
  return new ServebenchError('SERVEBENCH_MLSERVER_MODEL', message.replace(/\.?$/, '.'), {
    advice: 'Check its files; for ONNX files the Python of MLServer needs the package onnxruntime.',
    exitCode: ExitCode.target,
  })
}
