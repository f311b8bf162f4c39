import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { RunningServer, ServerPlan, ServerProcess } from 'servebench/plugin'
import { SERVER_KIND } from '../kinds.ts'
import type { VespaServerSpec } from '../server.ts'
import { vespaControl } from '../server/vespa-control.ts'
import type { VespaClient } from '../server/vespa-client.ts'

interface Started {
  readonly plan: ServerPlan
  readonly server: ServerProcess
  readonly client: VespaClient
  readonly startup: Readonly<Record<string, number>>
}

/**
 * A container that is up.
 * @throws {ServebenchError} `SERVEBENCH_VESPA_MODEL` when it lacks a model
 */
export async function describeServer({ plan, server, client, startup }: Started): Promise<RunningServer> {
  const { launch } = plan as unknown as VespaServerSpec
  if (launch.mode !== 'launch') throw new TypeError('This is a server to attach to.')
  const names = launch.models.map(({ name }) => name)
  const found = await client.models()
  const missing = names.filter((name) => !found.includes(name))
  if (missing.length > 0) throw notThere(missing)
  return {
    kind: SERVER_KIND,
    endpoints: { http: client.url },
    process: server,
    version: await client.version(),
    local: true,
    control: vespaControl({
      url: client.url,
      launched: names,
      application: launch.application !== null,
      prometheus: (await client.prometheus()) !== null,
    }),
    // Models are loaded before the container listens: the two cannot be told apart.
    startup,
    // Models of an application of the user's cannot be left out of it.
    ...(names.length === 0 || launch.application !== null
      ? {}
      : { bare: { ...plan, launch: { ...plan.launch, models: [] } } }),
    stop: () => server.stop(),
  }
}

function notThere(names: readonly string[]): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_VESPA_MODEL',
    `The container does not evaluate ${names.join(', ')}.`,
    {
      advice: 'Add <model-evaluation/> to the container in services.xml.',
      exitCode: ExitCode.target,
    },
  )
}
