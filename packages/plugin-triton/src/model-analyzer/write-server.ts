import { withPort, WrittenCall } from 'servebench/plugin'
import { PACKAGE } from '../server.ts'
import type { ModelAnalyzerServer } from './study.ts'

/** What Model Analyzer 1.54 starts unless it is told otherwise. */
const USUAL_IMAGE = 'nvcr.io/nvidia/tritonserver:26.04-py3'

export interface OwnServer {
  /** Settings of the models that it has to have, by name. */
  readonly models: Readonly<Record<string, object>>
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Nothing runs on GPUs. */
  readonly isCpuOnly: boolean
}

/** `tritonServer(…)` with what differs from its defaults. */
export function writeServer(server: ModelAnalyzerServer, own: OwnServer): WrittenCall {
  const { mode, url, grpcUrl, metricsUrl, repository, binary } = server
  const state = { models: own.models }
  if (mode === 'attach')
    return new WrittenCall('tritonServer', PACKAGE, {
      url,
      ...(grpcUrl === withPort(url, '8001') ? {} : { grpcUrl }),
      ...(metricsUrl === `${withPort(url, '8002')}/metrics` ? {} : { metricsUrl }),
      state,
    })
  const args = [...server.args, ...own.args]
  const env = { ...gpuVariables(server), ...server.env, ...own.env }
  return new WrittenCall('tritonServer', PACKAGE, {
    repository,
    ...(mode === 'launch' && binary !== null ? { binary } : {}),
    ...(mode === 'container' ? { container: containerOf(server, own) } : {}),
    ...(args.length === 0 ? {} : { args }),
    ...(Object.keys(env).length === 0 ? {} : { env }),
    state,
  })
}

function gpuVariables({ mode, gpus }: ModelAnalyzerServer): Readonly<Record<string, string>> {
  return mode === 'container' || gpus === null ? {} : { CUDA_VISIBLE_DEVICES: gpus.join(',') }
}

function containerOf(
  { image, mounts, shmSize, gpus }: ModelAnalyzerServer,
  { isCpuOnly }: OwnServer,
): Readonly<Record<string, unknown>> {
  return {
    image: image ?? USUAL_IMAGE,
    ...(isCpuOnly || gpus?.length === 0 ? {} : { gpus: gpus ?? 'all' }),
    ...(mounts.length === 0 ? {} : { mounts: mounts.map(mountOf) }),
    ...(shmSize === null ? {} : { args: [`--shm-size=${shmSize}`] }),
  }
}

/** `/here:/there:ro`, as Docker has it. */
function mountOf(text: string): string | Readonly<Record<string, unknown>> {
  const [source = '', target, mode = 'rw'] = text.split(':')
  if (target === undefined) return source
  return { source, ...(target === source ? {} : { target }), ...(mode === 'ro' ? {} : { readOnly: false }) }
}

/** Why the file that is written has to be looked at, in sentences by the options that they are of. */
export function serverNotes({
  mode,
  image,
  args,
  env,
}: ModelAnalyzerServer): readonly { readonly path: string; readonly message: string }[] {
  const runs = 'is of a server that is started; this one runs already, with what it was given.'
  return [
    ...(mode === 'container' && image === null
      ? [{ path: 'triton_docker_image', message: `is not said: ${USUAL_IMAGE}, as with Model Analyzer.` }]
      : []),
    ...(mode === 'attach' && args.length > 0 ? [{ path: 'triton_server_flags', message: runs }] : []),
    ...(mode === 'attach' && Object.keys(env).length > 0
      ? [{ path: 'triton_server_environment', message: runs }]
      : []),
  ]
}
