import { tuningMachine, undoSteps } from 'servebench/plugin'
import type { JsonObject, ModelStatistics, ServerControl } from 'servebench/plugin'
import type { State } from './server.ts'
import { listTunables } from './tuning.ts'

interface Described {
  readonly version: string
  readonly models: readonly string[]
}
interface Counted {
  readonly [model: string]: { readonly answered: number; readonly failed: number; readonly nanos: number }
}

/** Control of a server through its own HTTP API. */
export function acmeControl(url: string): ServerControl {
  /** As the server was before anything was changed. */
  let initial: State | null = null
  const read = async (): Promise<State> => (await call(url, 'GET', '/config')) as unknown as State
  const write = async (state: State): Promise<void> => {
    await call(url, 'PUT', '/config', { ...state })
  }
  return {
    async health() {
      const up = await call(url, 'GET', '/health').then(
        () => true,
        () => false,
      )
      return { live: up, ready: up }
    },
    async metadata() {
      const { version, models } = (await call(url, 'GET', '/')) as unknown as Described
      return {
        name: 'Acme',
        version,
        extensions: [],
        models: models.map((name) => ({ name, version: null, state: 'READY' })),
      }
    },
    async configure(state, { changing }) {
      const { threads } = state as unknown as State
      const before = await read()
      if (before.threads !== threads) {
        initial ??= before
        // First the way back, which outlives this process; then the change.
        await changing?.({ threads: before.threads })
        await write({ threads })
      }
      return { ...(await read()) }
    },
    async restore() {
      if (initial !== null) await write(initial)
      initial = null
    },
    undo: (steps) =>
      undoSteps<State>(steps, {
        url,
        read: (step) =>
          typeof (step as JsonObject | null)?.['threads'] === 'number' ? (step as unknown as State) : null,
        takeBack: write,
        describe: () => 'the number of threads',
      }),
    async statistics() {
      const counted = (await call(url, 'GET', '/statistics')) as unknown as Counted
      return {
        models: Object.fromEntries(
          Object.entries(counted).map(([name, model]) => [name, statisticsOf(model)]),
        ),
      }
    },
    tunables: async () => listTunables(await read(), tuningMachine()),
  }
}

function statisticsOf({ answered, failed, nanos }: Counted[string]): ModelStatistics {
  const none = { count: 0, ns: 0 }
  return {
    success: { count: answered, ns: nanos },
    fail: { count: failed, ns: 0 },
    queue: none,
    computeInput: none,
    computeInfer: { count: answered, ns: nanos },
    computeOutput: none,
    inferences: answered,
    executions: answered,
    batches: [],
  }
}

async function call(
  url: string,
  method: 'GET' | 'PUT',
  path: string,
  body?: JsonObject,
): Promise<JsonObject> {
  const answer = await fetch(url + path, {
    method,
    headers: { connection: 'close' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${url}${path}: ${answer.status} ${text}`)
  return (text === '' ? {} : JSON.parse(text)) as JsonObject
}
