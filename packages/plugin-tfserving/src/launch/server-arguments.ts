import type { PlannedLaunch } from '../server.ts'

type Launch = Extract<PlannedLaunch, { mode: 'launch' }>

export interface Files {
  readonly models: string
  readonly monitoring: string
  /** `null`: no batching. */
  readonly batching: string | null
}

/** The command line of a server. */
export function serverArguments(
  { threads, tensorContent, args }: Launch,
  ports: { readonly http: number; readonly grpc: number },
  files: Files,
): string[] {
  return [
    `--port=${ports.grpc}`,
    `--rest_api_port=${ports.http}`,
    `--model_config_file=${files.models}`,
    `--monitoring_config_file=${files.monitoring}`,
    ...(files.batching === null
      ? []
      : ['--enable_batching=true', `--batching_parameters_file=${files.batching}`]),
    ...Object.entries(threads).map(([flag, count]) => `--${flag}=${count}`),
    ...(tensorContent ? ['--enable_serialization_as_tensor_content=true'] : []),
    ...args,
  ]
}
