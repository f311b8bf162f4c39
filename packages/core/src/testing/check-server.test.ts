import { describe, expect, it } from 'vitest'
import { ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError } from '../errors/validation-error.ts'
import type { ModelStatistics, RunningServer, ServerControl } from '../hooks/server.ts'
import type { JsonObject, JsonValue } from '../units/json.ts'
import { checkServer, type ServerCheckOptions } from './check-server.ts'
import type { ConformanceReport } from './conformance.ts'

const NONE = { count: 0, ns: 0 }

/** A server that keeps the contract, in memory. */
class Subject {
  isUp = true
  isLoaded = true
  threads = 1
  readonly #initial = 1
  #answered = 0

  request(): Promise<void> {
    this.#answered += 1
    return Promise.resolve()
  }

  readonly control: Required<Omit<ServerControl, 'trace' | 'profile'>> = {
    health: () => Promise.resolve({ live: this.isUp, ready: this.isUp }),
    metadata: async () => {
      if (!this.isUp) throw new ServebenchError('SERVEBENCH_TEST', 'Nobody answers.')
      const state = this.isLoaded ? 'READY' : 'UNAVAILABLE'
      return { name: 'it', version: '1', extensions: [], models: [{ name: 'm', version: '1', state }] }
    },
    loadModel: async (name) => {
      if (name !== 'm') throw new ServebenchError('SERVEBENCH_TEST', `There is no model '${name}'.`)
      this.isLoaded = true
    },
    unloadModel: async () => {
      this.isLoaded = false
    },
    configure: async (state, { changing }) => {
      const { threads } = state as { threads: number }
      // One by one.
      while (threads !== this.threads) {
        await changing?.({ threads: this.threads })
        this.threads += Math.sign(threads - this.threads)
      }
      return { threads }
    },
    restore: async () => {
      this.threads = this.#initial
    },
    undo: async (steps) => {
      for (const step of steps.toReversed()) this.threads = (step as { threads: number }).threads
      return []
    },
    batching: async ({ options: { model } }) =>
      model === 'm' ? { model: 'm', size: 8, instances: 1, delay: 1000 } : null,
    statistics: async () => ({ models: { m: this.#statistics() } }),
    metrics: async () => '# HELP n is a number\n# TYPE n counter\nn{a="{}"} 1 1700000000\nn 1.5e3\n',
    tunables: async () => [
      { path: 'threads', type: 'integer', range: [1, 4], change: 'in-place', description: 'Threads.' },
    ],
  }

  #statistics(): ModelStatistics {
    const counted = { count: this.#answered, ns: this.#answered * 1000 }
    return {
      success: counted,
      fail: NONE,
      queue: counted,
      computeInput: counted,
      computeInfer: counted,
      computeOutput: counted,
      inferences: this.#answered,
      executions: this.#answered,
      batches: [{ size: 1, computeInfer: counted }],
    }
  }
}

function check(
  subject: Subject,
  control: Partial<ServerControl> | null = {},
  options: ServerCheckOptions = {},
  server: Partial<RunningServer> = {},
): Promise<ConformanceReport> {
  return checkServer(
    {
      kind: 'test',
      endpoints: { http: 'http://127.0.0.1:8000' },
      process: null,
      version: '1',
      local: true,
      control: control === null ? null : { ...subject.control, ...control },
      startup: { ready: 5e6 },
      stop: () => Promise.resolve(),
      ...server,
    },
    {
      model: 'm',
      request: () => subject.request(),
      configuration: {
        state: { threads: 3 },
        observe: () => Promise.resolve({ threads: subject.threads }),
      },
      stopServer: async () => {
        subject.isUp = false
      },
      patience: '200ms',
      ...options,
    },
  )
}

it('finds nothing wrong with a control that keeps the contract', async () => {
  const { held, skipped } = await check(new Subject())
  expect(skipped).toEqual([])
  expect(held).toHaveLength(14)
})

it('skips what a server cannot do, and what it was not told', async () => {
  const subject = new Subject()
  const { health, metadata, statistics } = subject.control
  const server = {
    kind: 'attached',
    endpoints: { http: 'http://127.0.0.1:8000' },
    process: null,
    version: null,
    local: false,
    control: { health, metadata, statistics },
    startup: {},
    stop: () => Promise.resolve(),
  }
  const { held, skipped } = await checkServer(server)
  expect(held).toEqual([
    'what is known of the running server is well formed',
    'a server that is up is live and ready',
    'metadata is plain data, and names each version of a model once',
    'statistics are totals that never go down',
  ])
  expect(skipped).toHaveLength(10)
})

it('has nothing to check where there is no control', async () => {
  await expect(check(new Subject(), null)).rejects.toThrow('is null: there is nothing to check')
})

type Defect = (subject: Subject) => Partial<ServerControl>

/** What is wrong with a control, the rule that finds it, and how the check puts it. */
const DEFECTS: readonly (readonly [string, string, string, Defect])[] = [
  [
    'is not ready',
    'a server that is up is live and ready',
    'it says live: true, ready: false.',
    () => ({ health: async () => ({ live: true, ready: false }) }),
  ],
  [
    'never answers',
    'a server that is up is live and ready',
    '`health` did not end within 200 ms.',
    () => ({ health: () => new Promise(() => {}) }),
  ],
  [
    'names a model twice',
    'metadata is plain data, and names each version of a model once',
    "the model 'm 1' is there twice.",
    ({ control }) => ({
      metadata: async () => {
        const metadata = await control.metadata()
        return { ...metadata, models: [...metadata.models, ...metadata.models] }
      },
    }),
  ],
  [
    'offers a choice of nothing',
    'tunables have paths of their own, and values to try',
    "the choice 'engine' has no values.",
    () => ({
      tunables: async () => [
        { path: 'engine', type: 'choice', values: [], change: 'restart', description: 'The engine.' },
      ],
    }),
  ],
  [
    'has a page for metrics',
    'metrics are lines of the Prometheus text format',
    "there is the line '<html>'.",
    () => ({ metrics: async () => '<html>\n' }),
  ],
  [
    'starts counting again',
    'statistics are totals that never go down',
    "'success.count' of 'm' went from 8 to 7.",
    ({ control }) => ({
      statistics: async () => {
        const { models } = await control.statistics()
        const m = models['m'] as ModelStatistics
        return { models: { m: { ...m, success: { count: 9 - m.success.count, ns: 0 } } } }
      },
    }),
  ],
  [
    'counts every request twice',
    'statistics count a request once',
    'one request made 2 successes.',
    (subject) => ({
      statistics: async () => {
        const { models } = await subject.control.statistics()
        const m = models['m'] as ModelStatistics
        return { models: { m: { ...m, success: { count: 2 * m.success.count, ns: 0 } } } }
      },
    }),
  ],
  [
    'returns before a model is unloaded',
    'a model that is unloaded is not ready, and is again once it is loaded',
    "the model 'm' was READY after `unloadModel`.",
    () => ({ unloadModel: async () => {} }),
  ],
  [
    'loads what nobody has',
    'a model that nobody has is refused in words',
    "`loadModel('servebench-no-such-model')` did not reject with an error.",
    () => ({ loadModel: async () => {} }),
  ],
  [
    'only says that it has configured the server',
    'a state is brought about, read back as plain data, and stays when it is asked for again',
    'nothing that `observe` sees has changed.',
    () => ({ configure: async (state) => state }),
  ],
  [
    'reads back what is not data',
    'a state is brought about, read back as plain data, and stays when it is asked for again',
    'what is read back is not plain data: NaN.',
    ({ control }) => ({
      configure: async (...args) => {
        await control.configure(...args)
        return NaN
      },
    }),
  ],
  [
    'keeps the state',
    '`restore` takes back what `configure` changed',
    'it was { threads: 3 }, and is { threads: 4 } after it.',
    (subject) => ({
      configure: async () => {
        subject.threads += 1
        return { threads: 3 }
      },
      restore: async () => {},
    }),
  ],
  [
    'announces nothing',
    '`undo` takes announced changes back, also twice',
    '`changing` was not called.',
    ({ control }) => ({ configure: (state) => control.configure(state, { artifact: never }) }),
  ],
  [
    'takes back the oldest change first',
    '`undo` takes announced changes back, also twice',
    'it was { threads: 1 }, and is { threads: 2 } after it.',
    ({ control }) => ({ undo: (steps) => control.undo(steps.toReversed()) }),
  ],
  [
    'cannot take back twice',
    '`undo` takes announced changes back, also twice',
    "not everything was taken back: [ 'It has been taken back already.' ].",
    ({ control }) => {
      let count = 0
      return {
        undo: async (steps) => {
          if (count++ > 0) return ['It has been taken back already.']
          return await control.undo(steps)
        },
      }
    },
  ],
  [
    'throws when the server is gone',
    'a server that is gone is not live, and is not waited for',
    'threw TypeError: fetch failed',
    (subject) => ({
      health: async () => {
        if (!subject.isUp) throw new TypeError('fetch failed')
        return { live: true, ready: true }
      },
    }),
  ],
]

function never(): never {
  throw new Error('No artifact is expected.')
}

describe('finds a control that', () => {
  it.each(DEFECTS)('%s', async (_, rule, message, defect) => {
    const subject = new Subject()
    const error = await check(subject, defect(subject)).then(
      () => null,
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(ValidationError)
    expect((error as ValidationError).problems).toContainEqual({ path: rule, message })
  })
})

it('finds a running server that does not fit its control', async () => {
  const problems = async (server: Partial<RunningServer>): Promise<unknown> =>
    check(new Subject(), {}, {}, server).then(
      () => [],
      (error: ValidationError) => error.problems.map(({ message }) => message),
    )
  expect(await problems({ endpoints: { http: '127.0.0.1' } })).toEqual([
    "the endpoint 'http' is no URL: '127.0.0.1'.",
  ])
  expect(await problems({ startup: { ready: NaN } })).toEqual(["the start-up step 'ready' took NaN ns."])
  expect(await problems({ version: '2' })).toEqual(["the version is '1', and '2' in the running server."])
})

it('says what it needs when a state names an artifact', async () => {
  const subject = new Subject()
  const configure = async (
    _state: JsonObject,
    options: Parameters<Required<ServerControl>['configure']>[1],
  ) => {
    await options.artifact({ artifact: 'onnx', name: 'm', package: 'x', options: {} } as never)
    return {} as JsonValue
  }
  await expect(check(subject, { configure })).rejects.toThrow('give the check a `configuration.artifact`')
})
