import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { mkdir } from 'node:fs/promises'
import { moduleUrl, type LaunchContext, type RunningServer, type ServerPlan } from 'servebench/plugin'
import { ModelFolder } from './model-folder.ts'
import { OnnxControl } from './onnx-control.ts'
import { KIND, type OnnxServerSpec } from './onnx-server.ts'
import { RestClient } from './rest-client.ts'

const HOST = '127.0.0.1'

/** Starts the server with the models of its state and waits until they are loaded. */
export async function launchServer(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch, state } = plan as unknown as OnnxServerSpec
  const build = (spec: Parameters<LaunchContext['artifact']>[0]) => context.artifact(spec)
  const folder = new ModelFolder(join(context.directory, 'models'), context.root)
  await mkdir(folder.path, { recursive: true })
  const [httpPort, grpcPort] = [await context.port(), await context.port()]
  const http = `http://${HOST}:${httpPort}`
  const rest = new RestClient(http)
  const profiles = join(context.directory, 'profiles')
  await mkdir(profiles, { recursive: true })
  const control = new OnnxControl(rest, folder, state, build, profiles)
  const files: string[] = []
  for (const model of state.models) {
    const file = await folder.locate(model, build)
    await folder.put(model, file)
    control.noteApplied(model, file)
    files.push(file.path, ...file.companions.map(({ path }) => path))
  }
  await context.modelFiles(files)
  const spawned = performance.now()
  const process_ = await context.spawn({
    command: process.execPath,
    args: [
      fileURLToPath(moduleUrl(import.meta.url, './server/main')),
      `--model-repository=${folder.path}`,
      `--host=${HOST}`,
      `--http-port=${httpPort}`,
      `--grpc-port=${grpcPort}`,
      `--max-request-bytes=${launch.maxRequestBytes}B`,
      `--profile-directory=${profiles}`,
      `--drain-timeout=${launch.drainTimeout}ns`,
      ...(launch.sharedThreadPool ? ['--shared-thread-pool'] : []),
    ],
  })
  await context.waitUntilReady(process_, (signal) => rest.isOk('/v2/health/live', signal))
  const live = performance.now()
  await context.waitUntilReady(process_, (signal) => rest.isOk('/v2/health/ready', signal))
  const ready = performance.now()
  const { version } = await control.metadata()
  return {
    kind: KIND,
    endpoints: { http, grpc: `http://${HOST}:${grpcPort}`, metrics: `${http}/metrics` },
    process: process_,
    version,
    local: true,
    control,
    startup: {
      process: 1e6 * (live - spawned),
      modelLoad: 1e6 * (ready - live),
      ready: 1e6 * (ready - spawned),
      ...(await loadTimes(rest)),
    },
    ...(state.models.length === 0 ? {} : { bare: { ...plan, state: { models: [] } } }),
    stop: () => process_.stop(launch.drainTimeout + 1e9),
  }
}

/** What the server itself says of its models, `modelLoad.NAME` in nanoseconds. */
async function loadTimes(rest: RestClient): Promise<Record<string, number>> {
  const metrics = await rest.text('/metrics')
  const lines = metrics.matchAll(/^nv_model_load_duration_secs\{model="([^"\\]+)"[^}]*\} (\S+)$/gm)
  return Object.fromEntries(
    [...lines].map(([, name, seconds]) => [`modelLoad.${name}`, 1e9 * Number(seconds)]),
  )
}
