import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { acceptsConnections, configureAtLaunch } from 'servebench/plugin'
import type { ConnectionProbe, LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { torchserveControl } from '../control/torchserve-control.ts'
import { KIND } from '../kind.ts'
import type { TorchServeSpec } from '../server/plan.ts'
import type { Access } from '../token/token-source.ts'
import { configProperties, HOST } from './config-properties.ts'
import type { Ports } from './config-properties.ts'
import { findServer, PROGRAM } from './find-server.ts'
import { ModelStore } from './model-store.ts'
import { makeTemporary } from './temporary-folder.ts'

const NANOS = 1e6
/** How long a server may take to end its workers. */
const STOP_GRACE = 15e9

/** Starts a server on loopback, registers the models of its state, and waits until their workers are ready. */
export async function launchServer(
  plan: ServerPlan,
  context: LaunchContext,
): Promise<{ readonly server: RunningServer; readonly access: Access }> {
  const { launch, state } = plan as unknown as TorchServeSpec
  if (launch.mode !== 'launch') throw new TypeError('This is a server to attach to.')
  const isInside = context.container !== null
  const binary = isInside ? PROGRAM : await findServer(launch.binary, context.root, process.env)
  const store = new ModelStore(join(context.directory, 'store'), context.root)
  // A container has one of its own.
  const temporary = isInside ? null : await makeTemporary()
  const logs = join(context.directory, 'logs')
  for (const folder of [store.path, logs]) await mkdir(folder, { recursive: true })
  // Archives are made before the clock starts.
  for (const model of state.models) {
    if (model.source !== null) await store.store(model, model.source, (spec) => context.artifact(spec))
  }
  await context.modelFiles([store.path])
  const ports: Ports = {
    inference: await context.port(),
    management: await context.port(),
    metrics: await context.port(),
    grpcInference: await context.port(),
    grpcManagement: await context.port(),
  }
  const file = join(context.directory, 'config.properties')
  await writeFile(file, configProperties(launch, { ports, store: store.path, host: context.host }))
  const spawned = performance.now()
  const server = await context.spawn({
    command: binary,
    args: [
      '--start',
      '--foreground',
      '--no-config-snapshots',
      '--model-store',
      store.path,
      '--ts-config',
      file,
    ],
    // Its process id goes to the folder for temporary files, where that of another server may be, and its keys to the
    // working directory.
    cwd: context.directory,
    env: {
      TMPDIR: temporary ?? '/tmp',
      TEMP: temporary ?? '/tmp',
      LOG_LOCATION: logs,
      METRICS_LOCATION: logs,
      // The user of this tool has no home there.
      ...(isInside ? { HOME: '/tmp' } : {}),
      ...launch.env,
    },
    // Its logs and its keys.
    inside: { writes: true },
  })
  const timeout = launch.startTimeout
  const proxied = context.host !== HOST
  await context.waitUntilReady(server, (signal) => listens(ports, { signal, proxied }), { timeout })
  const live = performance.now()
  const keys = launch.tokens ? { keyFile: join(context.directory, 'key_file.json') } : null
  const access: Access = { inference: keys, management: keys }
  const endpoints = {
    http: `http://${HOST}:${ports.inference}`,
    grpc: `http://${HOST}:${ports.grpcInference}`,
    management: `http://${HOST}:${ports.management}`,
    metrics: `http://${HOST}:${ports.metrics}/metrics`,
  }
  const control = torchserveControl({
    url: endpoints.http,
    managementUrl: endpoints.management,
    metricsUrl: launch.metrics === 'prometheus' ? endpoints.metrics : null,
    logs,
    logsMetrics: launch.metrics === 'log',
    access,
    store,
    local: true,
    warn: (message) => context.log.warn(message),
  })
  await configureAtLaunch(control, plan, context, server)
  const ready = performance.now()
  return {
    access,
    server: {
      kind: KIND,
      endpoints,
      process: server,
      version: versionOf(server.logTail()),
      local: true,
      control,
      startup: {
        // It is started without any model.
        system: (live - spawned) * NANOS,
        process: (live - spawned) * NANOS,
        modelLoad: (ready - live) * NANOS,
        ready: (ready - spawned) * NANOS,
        ...Object.fromEntries([...control.loadTimes].map(([name, nanos]) => [`modelLoad.${name}`, nanos])),
      },
      loadsBy: 'calls',
      async stop() {
        if (temporary !== null) await endJava(join(temporary, '.model_server.pid'))
        await server.stop(STOP_GRACE)
        if (temporary !== null) await rm(temporary, { recursive: true, force: true })
      },
    },
  }
}

/** Whether all addresses answer: the HTTP ones do so before the gRPC ones. */
async function listens(ports: Ports, probe: ConnectionProbe): Promise<boolean> {
  const answers = await Promise.all(
    Object.values(ports).map((port: number) => acceptsConnections(port, probe)),
  )
  return answers.every(Boolean)
}

/** What was started is a Python program that waits for the server: a signal to it alone would leave the server running. */
async function endJava(pidFile: string): Promise<void> {
  const pid = Number(await readFile(pidFile, 'utf8').catch(() => ''))
  if (!Number.isSafeInteger(pid) || pid <= 1) return
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It has ended.
  }
}

function versionOf(log: string): string | null {
  return /Torchserve version: (\S+)/i.exec(log)?.[1] ?? null
}
