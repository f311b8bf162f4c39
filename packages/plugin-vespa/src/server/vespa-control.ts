import { tuningMachine } from 'servebench/plugin'
import type { ServerControl } from 'servebench/plugin'
import { listTunables } from '../tuning/tunables.ts'
import { VespaClient } from './vespa-client.ts'
import type { VespaClientOptions } from './vespa-client.ts'

export interface VespaControlOptions extends VespaClientOptions {
  /** Of the container, without a slash at its end. */
  readonly url: string
  /** Names of models that servebench has started the server with. */
  readonly launched?: readonly string[]
  /** Whether it was started with an application of the user's. Default `false`. */
  readonly application?: boolean
  /** Whether the container has a metrics proxy beside it, with a page for Prometheus. */
  readonly prometheus?: boolean
}

/**
 * Control of a container. It has no `statistics`: what `/state/v1/metrics` tells is of the last minute and cannot be
 * subtracted; nor can settings be changed or read while it runs.
 */
export function vespaControl({
  url,
  launched,
  application = false,
  prometheus = false,
  ...options
}: VespaControlOptions): ServerControl {
  const client = new VespaClient(url, options)
  const control: ServerControl = {
    async health() {
      const up = await client.isUp().catch(() => false)
      return { live: up, ready: up }
    },
    async metadata() {
      const models = await client.models()
      return {
        name: 'Vespa',
        version: await client.version(),
        extensions: models.length === 0 ? [] : ['model-evaluation'],
        models: models.map((name) => ({ name, version: null, state: 'READY' })),
      }
    },
  }
  return Object.assign(
    control,
    prometheus ? { metrics: async () => (await client.prometheus()) ?? '' } : {},
    launched === undefined
      ? {}
      : {
          tunables: async () => {
            const { logicalCores: cores } = tuningMachine()
            return listTunables({ models: launched, application, cores })
          },
        },
  )
}
