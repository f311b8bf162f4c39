import { readdirSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createClient } from '@servebench/plugin-oip/control'
import { configureAtLaunch } from 'servebench/plugin'
import type { LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { tritonControl } from '../control/triton-control.ts'
import type { TritonControl } from '../control/triton-control.ts'
import { KIND } from '../server.ts'
import type { TritonServerSpec } from '../server.ts'
import { findServer, INSIDE } from './find-server.ts'
import { firstInferences } from './first-inference.ts'
import { ModelRepository } from './model-repository.ts'
import { HOST, serverArguments } from './server-arguments.ts'
import type { Ports } from './server-arguments.ts'

const NANOS = 1e6
/** How long a server may take to finish its models: more than its own limit. */
const STOP_GRACE = 15e9
const SHARED_MEMORY = '/dev/shm'
const REGION_PREFIX = 'servebench_triton_'

/** Starts a server with explicit model control, loads the models of its state, and waits until they are ready. */
export async function launchServer(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch, state } = plan as unknown as TritonServerSpec
  if (launch.mode !== 'launch') throw new TypeError('This is a server to attach to.')
  const installation =
    context.container === null ? await findServer(launch.binary, context.root, process.env) : INSIDE
  const repository = new ModelRepository(
    join(context.directory, 'models'),
    context.root,
    installation.backendNames,
  )
  await mkdir(repository.path, { recursive: true })
  // Artifacts are made before the clock starts.
  for (const model of state.models) {
    if (model.source !== null)
      await repository.store({ ...model, source: model.source }, (spec) => context.artifact(spec))
  }
  await context.modelFiles([
    repository.path,
    ...launch.repositories.flatMap((folder) =>
      state.models.flatMap(({ name, source }) =>
        source === null ? [resolve(context.root, folder, name)] : [],
      ),
    ),
  ])
  removeOrphans()
  const region = `${REGION_PREFIX}${process.pid}_${Math.random().toString(36).slice(2, 8)}_`
  const ports: Ports = {
    http: await context.port(),
    grpc: await context.port(),
    metrics: await context.port(),
  }
  const args = serverArguments(launch, installation, {
    ports,
    region,
    repository: repository.path,
    root: context.root,
    directory: context.directory,
    host: context.host,
  })
  const spawned = performance.now()
  const server = await context.spawn({
    command: installation.binary,
    args,
    env: launch.env,
    inside: {
      reads: launch.repositories.map((folder) => resolve(context.root, folder)),
      writes: launch.trace,
      // Images look there which of their libraries suit the driver.
      throughEntrypoint: true,
    },
  })
  const http = `http://${HOST}:${ports.http}`
  const metrics = `http://${HOST}:${ports.metrics}/metrics`
  const client = createClient(http, 'http', { signal: context.signal })
  const timeout = launch.startTimeout
  await context.waitUntilReady(server, () => client.live(), { timeout })
  const live = performance.now()
  const control = await tritonControl({
    url: http,
    metricsUrl: metrics,
    repository,
    local: true,
    cache: launch.cacheBytes !== null,
    timeout: launch.startTimeout / NANOS,
    warn: (message) => context.log.warn(message),
    log: () => server.logTail(),
  })
  await configureAtLaunch(control, plan, context, server)
  await context.waitUntilReady(server, () => client.ready(), { timeout })
  const ready = performance.now()
  const told = await toldLoadTimes(control)
  const first = launch.firstInference ? await firstInferences(control, http, state.models) : {}
  return {
    kind: KIND,
    endpoints: { http, grpc: `http://${HOST}:${ports.grpc}`, metrics },
    process: server,
    version: control.server?.version ?? null,
    local: true,
    control,
    startup: {
      // Under explicit model control nothing is loaded yet.
      system: (live - spawned) * NANOS,
      process: (live - spawned) * NANOS,
      modelLoad: (ready - live) * NANOS,
      ready: (ready - spawned) * NANOS,
      ...Object.fromEntries(
        [...control.loadTimes, ...told].map(([name, nanos]) => [`modelLoad.${name}`, nanos]),
      ),
      ...first,
    },
    loadsBy: [...control.loadTimes.keys()].every((name) => told.has(name)) ? 'server' : 'calls',
    async stop() {
      await server.stop(STOP_GRACE)
      removeRegions((name) => name.startsWith(region))
    },
  }
}

/** What the server's own metric says, by model; newer servers have it. */
async function toldLoadTimes(control: TritonControl): Promise<Map<string, number>> {
  const metrics = (await control.metrics?.().catch(() => '')) ?? ''
  const lines = metrics.matchAll(/^nv_model_load_duration_secs\{model="([^"\\]+)"[^}]*\} (\S+)$/gm)
  return new Map([...lines].map(([, name, seconds]) => [name as string, 1e9 * Number(seconds)]))
}

/** What servers of tools that are gone have left behind. */
function removeOrphans(): void {
  removeRegions((name) => {
    const [, pid] = new RegExp(`^${REGION_PREFIX}(\\d+)_`).exec(name) ?? []
    return pid !== undefined && !isAlive(Number(pid))
  })
}

function removeRegions(isOurs: (name: string) => boolean): void {
  let names: string[]
  try {
    names = readdirSync(SHARED_MEMORY)
  } catch {
    return
  }
  for (const name of names) {
    if (isOurs(name)) rmSync(join(SHARED_MEMORY, name), { force: true })
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
