import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { tfservingControl } from '../control/serving-control.ts'
import type { ModelConfig } from '../model/model-config.ts'
import { HttpClient } from '../server/http-client.ts'
import { MetricsClient } from '../server/metrics-client.ts'
import { METRICS_PATH } from '../server/paths.ts'
import { ServingCallError } from '../server/serving-client.ts'
import type { TfServingServerSpec } from '../server.ts'
import { KIND } from '../target.ts'
import { formatBatchingParameters, formatModelConfig, formatMonitoringConfig } from './config-files.ts'
import { findServer, PROGRAM } from './find-server.ts'
import { findBasePath } from './model-folder.ts'
import { serverArguments } from './server-arguments.ts'
import type { Files } from './server-arguments.ts'

const NANOS = 1e6
const HOST = '127.0.0.1'
const VERSION_TIMEOUT = 10_000
const LOAD_LATENCY = ':tensorflow:cc:saved_model:load_latency'

/** Starts a server, and waits until all models are available. */
export async function launchServer(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch } = plan as unknown as TfServingServerSpec
  if (launch.mode !== 'launch') throw new TypeError('This is a server to attach to.')
  const isInside = context.container !== null
  const binary = isInside ? PROGRAM : await findServer(launch.binary, context.root, process.env)
  // A container is not started just for that: its image says what it is.
  const version = isInside ? null : await readVersion(binary)
  const models: ModelConfig[] = []
  for (const model of launch.models) {
    const { name, versions, labels } = model
    models.push({ name, basePath: await findBasePath(model, context), versions, labels })
  }
  await context.modelFiles(models.map(({ basePath }) => basePath))
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(context.directory, name)
    await writeFile(path, text)
    return path
  }
  const files: Files = {
    models: await write('models.config', formatModelConfig(models)),
    monitoring: await write('monitoring.config', formatMonitoringConfig()),
    batching:
      launch.batching === null
        ? null
        : await write('batching.config', formatBatchingParameters(launch.batching)),
  }
  const ports = { http: await context.port(), grpc: await context.port() }
  const labelled = models.some(({ labels }) => Object.keys(labels).length > 0)
  const args = [
    ...serverArguments(launch, ports, files),
    // Labels that the configuration has from the start are for versions that are not loaded yet.
    ...(labelled ? ['--allow_version_labels_for_unavailable_models=true'] : []),
  ]
  const spawned = performance.now()
  const server = await context.spawn({ command: binary, args, env: launch.env })
  const http = `http://${HOST}:${ports.http}`
  const grpc = `http://${HOST}:${ports.grpc}`
  const metrics = http + METRICS_PATH
  const client = new HttpClient(http, { signal: context.signal })
  const timeout = launch.startTimeout
  await context.waitUntilReady(server, () => isLive(client, models), { timeout })
  const live = performance.now()
  // A probe that fails is asked again: what cannot get better is kept, and thrown behind it.
  let failure: ServebenchError | null = null
  const isSettled = async (): Promise<boolean> => {
    try {
      return await areAvailable(client, models)
    } catch (error) {
      if (!(error instanceof ServebenchError) || error.code !== 'SERVEBENCH_TFSERVING_MODEL') throw error
      failure = error
      return true
    }
  }
  await context.waitUntilReady(server, isSettled, { timeout })
  if (failure !== null) throw failure as ServebenchError
  const ready = performance.now()
  return {
    kind: KIND,
    endpoints: { http, grpc, metrics },
    process: server,
    version,
    local: true,
    control: tfservingControl({
      httpUrl: http,
      grpcUrl: grpc,
      metricsUrl: metrics,
      models,
      own: true,
      batching: launch.batching,
    }),
    startup: {
      process: (live - spawned) * NANOS,
      ready: (ready - spawned) * NANOS,
      ...(await readLoadTimes(metrics, models)),
    },
    // A server of no model is up when it answers.
    ...(models.length === 0
      ? {}
      : { bare: { ...plan, launch: { ...plan.launch, models: [] }, state: { models: [] } } }),
    stop: () => server.stop(),
  }
}

/** Whatever it says about a model, it answers. */
async function isLive(client: HttpClient, models: readonly ModelConfig[]): Promise<boolean> {
  try {
    await client.modelStatus({ name: models[0]?.name ?? '', version: '', versionLabel: '' })
    return true
  } catch (error) {
    return error instanceof ServingCallError
  }
}

/** Whether all models answer. @throws {ServebenchError} when one cannot be loaded */
async function areAvailable(client: HttpClient, models: readonly ModelConfig[]): Promise<boolean> {
  for (const { name } of models) {
    const versions = await client.modelStatus({ name, version: '', versionLabel: '' })
    if (versions.some(({ state }) => state === 'AVAILABLE')) continue
    const failed = versions.find(({ error }) => error !== '')
    if (failed === undefined) return false
    throw new ServebenchError(
      'SERVEBENCH_TFSERVING_MODEL',
      `Version ${failed.version} of model '${name}' is ${failed.state}: ${failed.error}`,
      { advice: 'Check the files of the model.', exitCode: ExitCode.target },
    )
  }
  return true
}

/** The server's own measure of what loading took, by model: all of its versions together. */
async function readLoadTimes(
  metrics: string,
  models: readonly ModelConfig[],
): Promise<Record<string, number>> {
  const samples = await new MetricsClient(metrics).samples().catch(() => [])
  const times: Record<string, number> = {}
  for (const { name, labels, value } of samples) {
    if (name !== LOAD_LATENCY || value <= 0) continue
    const path = labels['model_path'] ?? ''
    const model = models.find(({ basePath }) => dirname(path) === basePath)
    const key = `modelLoad.${model?.name ?? path}`
    times[key] = (times[key] ?? 0) + value * 1000
  }
  return times
}

/** `null` when the program does not say it. */
async function readVersion(binary: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['--version'], { timeout: VERSION_TIMEOUT })
    return /ModelServer:\s*(\S+)/.exec(stdout)?.[1] ?? null
  } catch {
    return null
  }
}
