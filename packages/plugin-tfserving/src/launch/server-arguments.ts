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
  launch: Launch,
  ports: { readonly http: number; readonly grpc: number },
  files: Files,
): string[] {
  return [
    `--port=${ports.grpc}`,
    `--rest_api_port=${ports.http}`,
    `--model_config_file=${files.models}`,
    `--monitoring_config_file=${files.monitoring}`,
    ...chosenArguments(launch, files.batching),
  ]
}

/** What the user has chosen: the rest is about where this server is. @param batching its file, if there is one */
export function chosenArguments(
  { threads, tensorContent, args }: Launch,
  batching: string | null,
): readonly string[] {
  return [
    ...(batching === null ? [] : ['--enable_batching=true', `--batching_parameters_file=${batching}`]),
    ...Object.entries(threads).map(([flag, count]) => `--${flag}=${count}`),
    ...(tensorContent ? ['--enable_serialization_as_tensor_content=true'] : []),
    ...args,
  ]
}
