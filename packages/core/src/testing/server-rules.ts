import { messageOf } from '../errors/plugin-error.ts'
import type { Counter, ModelBatching, ModelStatistics, ServerControl } from '../hooks/server.ts'
import type { Tunable } from '../hooks/tuning.ts'
import type { JsonValue } from '../units/json.ts'
import { canonicalJson } from '../units/json.ts'
import { parsePrometheus } from '../units/prometheus.ts'
import { Breach, isPlain, show } from './breach.ts'
import type { ServerBench, ServerCheckOptions } from './check-server.ts'
import type { Rule } from './conformance.ts'

interface ServerRule extends Rule<ServerBench, ServerCheckOptions> {
  /** Methods of the control without which there is nothing to check. */
  readonly can?: readonly (keyof ServerControl)[]
}

/** In this order: the last one needs the server to be gone. */
export const SERVER_RULES: readonly ServerRule[] = [
  { name: 'what is known of the running server is well formed', run: checkServer },
  { name: 'a server that is up is live and ready', run: checkHealth },
  { name: 'metadata is plain data, and names each version of a model once', run: checkMetadata },
  { name: 'tunables have paths of their own, and values to try', can: ['tunables'], run: checkTunables },
  {
    name: 'how a model batches is a size, a number of instances and a delay, or nothing',
    can: ['batching'],
    needs: ['model'],
    run: checkBatching,
  },
  { name: 'metrics are lines of the Prometheus text format', can: ['metrics'], run: checkMetrics },
  {
    name: 'statistics count a request once',
    can: ['statistics'],
    needs: ['model', 'request'],
    run: checkCounting,
  },
  { name: 'statistics are totals that never go down', can: ['statistics'], run: checkTotals },
  {
    name: 'a model that is unloaded is not ready, and is again once it is loaded',
    can: ['loadModel', 'unloadModel'],
    needs: ['model'],
    run: checkLoading,
  },
  { name: 'a model that nobody has is refused in words', can: ['loadModel'], run: checkUnknownModel },
  {
    name: 'a state is brought about, read back as plain data, and stays when it is asked for again',
    can: ['configure', 'restore'],
    needs: ['configuration'],
    run: checkConfigure,
  },
  {
    name: '`restore` takes back what `configure` changed',
    can: ['configure', 'restore'],
    needs: ['configuration'],
    run: checkRestore,
  },
  {
    name: '`undo` takes announced changes back, also twice',
    can: ['configure', 'undo'],
    needs: ['configuration'],
    run: checkUndo,
  },
  { name: 'a server that is gone is not live, and is not waited for', needs: ['stopServer'], run: checkGone },
]

async function checkServer(bench: ServerBench): Promise<void> {
  const { server } = bench
  bench.require(server.kind !== '', 'the kind is empty.')
  bench.require(Object.keys(server.endpoints).length > 0, 'there are no endpoints.')
  for (const [name, url] of Object.entries(server.endpoints)) {
    bench.require(URL.canParse(url), `the endpoint '${name}' is no URL: ${show(url)}.`)
  }
  for (const [step, time] of Object.entries(server.startup)) {
    bench.require(Number.isFinite(time) && time >= 0, `the start-up step '${step}' took ${time} ns.`)
  }
  await Promise.resolve()
}

async function checkHealth(bench: ServerBench): Promise<void> {
  const { live, ready } = await bench.within(bench.control.health(), '`health`')
  bench.require(live && ready, `it says live: ${live}, ready: ${ready}.`)
}

async function checkMetadata(bench: ServerBench): Promise<void> {
  const metadata = await bench.within(bench.control.metadata(), '`metadata`')
  bench.require(isPlain(metadata), 'it is not plain data.')
  bench.require(metadata.name !== '', 'the name is empty.')
  const { version } = bench.server
  bench.require(
    version === null || metadata.version === version,
    `the version is ${show(metadata.version)}, and ${show(version)} in the running server.`,
  )
  const models = metadata.models.map(({ name, version: its }) => `${name} ${its ?? ''}`.trim())
  const twice = models.find((name, index) => models.indexOf(name) !== index)
  bench.require(twice === undefined, `the model ${show(twice)} is there twice.`)
}

async function checkTunables(bench: ServerBench): Promise<void> {
  const tunables = (await bench.within(bench.control.tunables?.() ?? nothing(), '`tunables`')) as Tunable[]
  bench.require(isPlain(tunables), 'they are not plain data.')
  const paths = new Set<string>()
  for (const { path, type, values, range, description } of tunables) {
    bench.require(path !== '' && !paths.has(path), `the path ${show(path)} is empty or there twice.`)
    paths.add(path)
    bench.require(description !== '', `'${path}' has no description.`)
    bench.require(type !== 'choice' || (values?.length ?? 0) > 0, `the choice '${path}' has no values.`)
    bench.require(range === undefined || range[0] <= range[1], `the range of '${path}' is ${show(range)}.`)
  }
}

async function checkBatching(bench: ServerBench): Promise<void> {
  const { model = '' } = bench.options
  const target = { kind: bench.server.kind, package: '', options: { model } }
  const found = (await bench.within(
    bench.control.batching?.(target) ?? nothing(),
    '`batching`',
  )) as ModelBatching | null
  if (found === null) return
  const { size, instances, delay } = found
  bench.require(found.model === model, `it is of the model ${show(found.model)}.`)
  bench.require(Number.isInteger(size) && size > 0, `the size is ${size}.`)
  bench.require(Number.isInteger(instances) && instances >= 0, `there are ${instances} instances.`)
  bench.require(Number.isFinite(delay) && delay >= 0, `the delay is ${delay} ns.`)
}

async function checkMetrics(bench: ServerBench): Promise<void> {
  const text = (await bench.within(bench.control.metrics?.() ?? nothing(), '`metrics`')) as string
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'))
  const odd = lines.find((line) => parsePrometheus(line).length === 0)
  bench.require(odd === undefined, `there is the line ${show(odd)}.`)
}

const NONE: Counter = { count: 0, ns: 0 }

async function checkTotals(bench: ServerBench): Promise<void> {
  const before = await statistics(bench)
  bench.require(isPlain(before), 'they are not plain data.')
  await bench.options.request?.()
  const after = await statistics(bench)
  for (const [name, earlier] of Object.entries(before)) {
    const later = after[name]
    if (later === undefined) throw new Breach(`the model '${name}' is gone from them.`)
    const [low, high] = [flatten(earlier), flatten(later)]
    for (const [counter, value] of Object.entries(low)) {
      bench.require(Number.isFinite(value) && value >= 0, `'${counter}' of '${name}' is ${value}.`)
      const now = high[counter] ?? -1
      bench.require(now >= value, `'${counter}' of '${name}' went from ${value} to ${now}.`)
    }
  }
}

async function checkCounting(bench: ServerBench): Promise<void> {
  const { model = '', request } = bench.options
  const counted = async (): Promise<ModelStatistics | undefined> => (await statistics(bench))[model]
  // Servers whose metrics come with the first request do not know the model before it.
  const { success = NONE, fail = NONE, inferences = 0, executions = 0 } = (await counted()) ?? {}
  await request?.()
  // Others count an answer after they have sent it.
  const after = await bench.until(counted, (its) => (its?.success.count ?? 0) > success.count)
  if (after === undefined) throw new Breach(`the model '${model}' is not in them.`)
  const grown = after.success.count - success.count
  bench.require(grown === 1, `one request made ${grown} successes.`)
  bench.require(after.fail.count === fail.count, 'a request that succeeded is counted as failed.')
  // An answer from a cache needs no execution, and some servers count neither.
  bench.require(
    after.executions === executions || after.inferences > inferences,
    'the model was executed, and `inferences` did not grow.',
  )
}

async function checkLoading(bench: ServerBench): Promise<void> {
  const { control } = bench
  const { model = '' } = bench.options
  const isReady = async (): Promise<boolean> =>
    (await control.metadata()).models.some(({ name, state }) => name === model && state === 'READY')
  bench.require(await isReady(), `the model '${model}' is not READY at the start.`)
  await bench.within(control.unloadModel?.(model) ?? nothing(), '`unloadModel`')
  const afterUnload = await isReady()
  await bench.within(control.loadModel?.(model) ?? nothing(), '`loadModel`')
  bench.require(!afterUnload, `the model '${model}' was READY after \`unloadModel\`.`)
  bench.require(await isReady(), `the model '${model}' was not READY after \`loadModel\`.`)
}

async function checkUnknownModel(bench: ServerBench): Promise<void> {
  const name = 'servebench-no-such-model'
  const error = await bench.within(rejection(bench.control.loadModel?.(name) ?? nothing()), '`loadModel`')
  bench.require(error instanceof Error, `\`loadModel('${name}')\` did not reject with an error.`)
  bench.require(messageOf(error) !== '', 'the error says nothing.')
}

async function checkConfigure(bench: ServerBench): Promise<void> {
  const { observe } = configurationOf(bench)
  const before = canonicalJson(await observe())
  try {
    const first = await configure(bench)
    bench.require(isPlain(first), `what is read back is not plain data: ${show(first)}.`)
    const there = canonicalJson(await observe())
    bench.require(there !== before, 'nothing that `observe` sees has changed.')
    const second = await configure(bench)
    bench.require(
      canonicalJson(first) === canonicalJson(second),
      `asked again, it reads back ${show(second)} after ${show(first)}.`,
    )
    bench.require(canonicalJson(await observe()) === there, 'asked again, it changed something.')
  } finally {
    await bench.control.restore?.()
  }
}

async function checkRestore(bench: ServerBench): Promise<void> {
  const { observe } = configurationOf(bench)
  const before = await observe()
  await configure(bench)
  await bench.within(bench.control.restore?.() ?? nothing(), '`restore`')
  requireSame(bench, before, await observe())
  await bench.within(bench.control.restore?.() ?? nothing(), 'a second `restore`')
  requireSame(bench, before, await observe())
}

async function checkUndo(bench: ServerBench): Promise<void> {
  const { observe } = configurationOf(bench)
  const before = await observe()
  const steps: JsonValue[] = []
  await configure(bench, (step) => steps.push(step))
  bench.require(steps.length > 0, '`changing` was not called.')
  bench.require(isPlain(steps), 'what `changing` was told is not plain data.')
  // As another process reads them from the journal.
  const journal = JSON.parse(JSON.stringify(steps)) as JsonValue[]
  for (let round = 0; round < 2; round++) {
    const failed = await bench.within(bench.control.undo?.(journal) ?? nothing(), '`undo`')
    bench.require(
      Array.isArray(failed) && failed.length === 0,
      `not everything was taken back: ${show(failed)}.`,
    )
    requireSame(bench, before, await observe())
  }
}

async function checkGone(bench: ServerBench): Promise<void> {
  await bench.options.stopServer?.()
  const { live, ready } = await bench.within(bench.control.health(), '`health` without a server')
  bench.require(!live && !ready, `it says live: ${live}, ready: ${ready}.`)
  const error = await bench.within(rejection(bench.control.metadata()), '`metadata` without a server')
  bench.require(error instanceof Error, '`metadata` did not reject with an error.')
  bench.require(messageOf(error) !== '', 'the error says nothing.')
}

async function statistics(bench: ServerBench): Promise<Readonly<Record<string, ModelStatistics>>> {
  const read = await bench.within(bench.control.statistics?.() ?? nothing(), '`statistics`')
  return (read as { readonly models: Readonly<Record<string, ModelStatistics>> }).models
}

function configurationOf({ options }: ServerBench): NonNullable<ServerCheckOptions['configuration']> {
  return options.configuration as NonNullable<ServerCheckOptions['configuration']>
}

async function configure(
  bench: ServerBench,
  changing: (undo: JsonValue) => void = () => {},
): Promise<JsonValue> {
  const { state, artifact = noArtifact } = configurationOf(bench)
  const configured = bench.control.configure?.(state, { artifact, changing }) ?? nothing()
  return (await bench.within(configured, '`configure`')) as JsonValue
}

function noArtifact(): never {
  throw new Breach('it asks for an artifact: give the check a `configuration.artifact` that builds it.')
}

function requireSame(bench: ServerBench, before: JsonValue, after: JsonValue): void {
  bench.require(
    canonicalJson(before) === canonicalJson(after),
    `it was ${show(before)}, and is ${show(after)} after it.`,
  )
}

/** Each number of a model by its name. */
function flatten(model: ModelStatistics): Readonly<Record<string, number>> {
  const numbers: Record<string, number> = {}
  const add = (name: string, { count, ns }: Counter): void => {
    numbers[`${name}.count`] = count
    numbers[`${name}.ns`] = ns
  }
  for (const [name, value] of Object.entries(model)) {
    if (typeof value === 'number') numbers[name] = value
    else if (!Array.isArray(value)) add(name, value as Counter)
  }
  for (const { size, computeInfer } of model.batches) add(`batches[${size}].computeInfer`, computeInfer)
  return numbers
}

function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => null,
    (error: unknown) => error,
  )
}

/** Of a capability that is absent; the rules are only run where it is there. */
function nothing(): Promise<undefined> {
  return Promise.resolve(undefined)
}
