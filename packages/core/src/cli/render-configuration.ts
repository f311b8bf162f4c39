import { ServebenchError } from '../errors/servebench-error.ts'
import type { ServerSpec } from '../dsl/server.ts'
import type { ServerControl } from '../hooks/server.ts'
import type { ConfigurationFile } from '../hooks/tuning.ts'
import { hostProvider } from './provider-host.ts'
import type { ProviderOptions } from './provider-host.ts'

export interface RenderConfigurationOptions extends ProviderOptions {
  /** Of the running server, in its own state: tells the configuration of models whose files are not at hand. */
  readonly control?: ServerControl
}

/**
 * The files that bring a server into the configuration of a spec without servebench: `config.pbtxt` of each model,
 * `config.properties`, batching parameters, `services.xml`, `model-settings.json`; arguments and variables as files of
 * lines. `diffFiles` makes a patch of two of them.
 *
 * @example await renderConfiguration(tritonServer({ models: ['m.onnx'], state: { instances: 2 } }))
 * @throws {ServebenchError} `SERVEBENCH_NO_PROVIDER` when the kind has no such files, and what makes them impossible
 */
export async function renderConfiguration(
  server: ServerSpec,
  { control, ...options }: RenderConfigurationOptions = {},
): Promise<readonly ConfigurationFile[]> {
  const { hooks, artifacts, root } = await hostProvider(server, options)
  const tuning = await hooks.tune.for(server.kind).promise(server)
  if (tuning?.configuration === undefined) {
    throw new ServebenchError(
      'SERVEBENCH_NO_PROVIDER',
      `There is nothing that writes the configuration of servers of the kind '${server.kind}'.`,
      { advice: `'${server.package}' would have to tap tune, with \`configuration\`.` },
    )
  }
  return tuning.configuration(server, {
    artifact: (spec) => artifacts.build(spec),
    root,
    control: control ?? null,
  })
}
