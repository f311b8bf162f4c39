import { resolve } from 'node:path'
import { importLines, literal, quote, WrittenCall } from '../dsl/bench-source.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { suggest } from '../units/suggest.ts'
import { listOf, numberOf, readModelLimits, readModelShapes, streamNames, type Wrong } from './tune-models.ts'

/** Options of `servebench tune` that stand for a bench file. */
export interface TuneServerValues {
  readonly server?: string
  readonly repository?: string
  readonly url?: string
  /** One, or several that are asked at once. */
  readonly model?: string | readonly string[]
  readonly shape?: readonly string[]
  readonly protocol?: string
  /** `10ms` of each model, `resnet=10ms` of one. */
  readonly latencyBudget?: string | readonly string[]
  readonly minThroughput?: string | readonly string[]
  /** `resnet=3` */
  readonly weight?: readonly string[]
  readonly maxConcurrency?: string
  readonly launch?: string
  readonly image?: string
}

interface KnownServer {
  readonly package: string
  readonly factory: string
  readonly target: {
    readonly package: string
    readonly factory: string
    readonly protocol: string
    /** Of a server that is attached to, whose `url` is that of its HTTP port. */
    readonly overHttp: string
  }
  /** Options of a server that is launched with models of a folder, or attached to. */
  readonly options: (folder: string | null, models: readonly string[]) => Readonly<Record<string, unknown>>
  /** Attaching to one that runs is possible. */
  readonly attaches: boolean
}

const OIP = { package: '@servebench/plugin-oip', factory: 'oip', protocol: 'grpc', overHttp: 'http' }

/** How servers are written in a bench file. */
const SERVERS: Readonly<Record<string, KnownServer>> = {
  triton: {
    package: '@servebench/plugin-triton',
    factory: 'tritonServer',
    target: { package: '@servebench/plugin-triton', factory: 'triton', protocol: 'grpc', overHttp: 'http' },
    options: (folder, models) => ({
      ...(folder === null ? {} : { repository: folder }),
      state: stateOf(models),
    }),
    attaches: true,
  },
  onnx: {
    package: '@servebench/plugin-onnxruntime',
    factory: 'onnxServer',
    target: OIP,
    options: (folder, models) => ({
      models: models.map((name) => ({ model: `${folder}/${name}.onnx`, name })),
    }),
    attaches: false,
  },
  torchserve: {
    package: '@servebench/plugin-torchserve',
    factory: 'torchServe',
    target: {
      package: '@servebench/plugin-torchserve',
      factory: 'torchserve',
      protocol: 'http',
      overHttp: 'http',
    },
    options: (folder, models) =>
      folder === null
        ? { state: stateOf(models) }
        : { models: models.map((name) => ({ archive: `${folder}/${name}.mar`, name })) },
    attaches: true,
  },
  tfserving: {
    package: '@servebench/plugin-tfserving',
    factory: 'tfservingServer',
    target: {
      package: '@servebench/plugin-tfserving',
      factory: 'tfserving',
      protocol: 'grpc',
      overHttp: 'http',
    },
    options: (folder, models) =>
      folder === null ? {} : { models: models.map((name) => ({ model: `${folder}/${name}`, name })) },
    attaches: true,
  },
}

function stateOf(models: readonly string[]): Readonly<Record<string, unknown>> {
  return { models: Object.fromEntries(models.map((name) => [name, {}])) }
}

const LAUNCHES = ['local', 'container', 'attach'] as const
const MOST_USERS = 1024

export interface TuneFile {
  /** Of the study. */
  readonly name: string
  readonly text: string
}

/**
 * The bench file of a study that names no axes: what `servebench tune --server …` runs, and what may be kept and changed.
 * @throws {ValidationError} with all problems of the options at once
 */
export function writeTuneFile(values: TuneServerValues, directory: string): TuneFile {
  const problems: Problem[] = []
  const wrong = (path: string, message: string, suggestion?: string): void =>
    void problems.push({ path, message, ...(suggestion === undefined ? {} : { suggestion }) })
  const { server = '', repository, url, image } = values
  const models = listOf(values.model).filter((name) => name !== '')
  const known = SERVERS[server]
  const launch = values.launch ?? (url === undefined ? 'local' : 'attach')
  if (known === undefined) {
    const names = Object.keys(SERVERS)
    wrong('--server', `expected ${names.join(', ')}, not '${server}'.`, suggest(server, names))
  }
  if (models.length === 0) wrong('--model', 'is missing: which model is asked?')
  if (new Set(models).size < models.length) wrong('--model', 'names one of them twice.')
  launchOf(launch, wrong)
  if (launch === 'attach') {
    if (url === undefined) wrong('--url', 'is missing: where does the server run?')
    if (repository !== undefined)
      wrong('--repository', 'is of a server that is launched: give --url or --launch local.')
    if (known?.attaches === false) wrong('--launch', `a server of the kind '${server}' is only launched.`)
  } else {
    if (repository === undefined) wrong('--repository', 'is missing: where are the models?')
    if (url !== undefined) wrong('--url', 'is of a server that runs already: use --launch attach.')
    if (launch === 'container' && image === undefined) wrong('--image', 'is missing: which image is started?')
  }
  const users = usersOf(values.maxConcurrency, wrong) ?? MOST_USERS
  if (users < models.length)
    wrong('--max-concurrency', `expected a user for each of ${models.length} models.`)
  const limits = readModelLimits(models, values, problems)
  const shapes = readModelShapes(models, values.shape, problems)
  if (problems.length > 0 || known === undefined) throw new ValidationError('servebench tune', problems)
  const folder = repository === undefined ? null : resolve(directory, repository)
  const asked = models.map((model) => ({
    target: new WrittenCall(known.target.factory, known.target.package, {
      model,
      protocol: values.protocol ?? (launch === 'attach' ? known.target.overHttp : known.target.protocol),
    }),
    ...(shapes.has(model)
      ? { input: new WrittenCall('tensors', 'servebench/inputs', { shapes: shapes.get(model) }) }
      : {}),
  }))
  const names = streamNames(models)
  const several = {
    models: Object.fromEntries(names.map((name, at) => [name, limits.own.get(models[at] ?? '') ?? {}])),
    streams: Object.fromEntries(
      names.map((name, at) => [name, new WrittenCall('stream', 'servebench', asked[at])]),
    ),
  }
  const options = {
    server: new WrittenCall(known.factory, known.package, {
      ...(url === undefined ? {} : { url }),
      ...known.options(folder, models),
      ...(launch === 'container' ? { container: { image } } : {}),
    }),
    ...(models.length > 1 ? several : asked[0]),
    loads: { concurrency: { from: models.length, to: users } },
    ...limits.all,
    search: 'quick',
  }
  const lines = importLines([{ call: 'study', from: 'servebench' }], [options])
  const note = '// Without `space` and `settings` the plugin of the server says what is worth a try.'
  const name = `${models.join(' and ')} on ${server}`
  return {
    name,
    text: `${lines.join('\n')}\n\n${note}\nstudy(${quote(name)}, ${literal(options, 0, name.length + 10)})\n`,
  }
}

export function launchOf(launch: string, wrong: Wrong): void {
  if (!LAUNCHES.some((one) => one === launch))
    wrong('--launch', `expected ${LAUNCHES.join(', ')}, not '${launch}'.`, suggest(launch, LAUNCHES))
}

/** Of `--max-concurrency`; `null` where it is left out. */
export function usersOf(text: string | undefined, wrong: Wrong): number | null {
  const users = numberOf('--max-concurrency', text, wrong)
  if (users !== null && !Number.isInteger(users))
    wrong('--max-concurrency', 'expected a whole number of users.')
  return users
}

/** @throws {ServebenchError} `SERVEBENCH_USAGE` when options of one form stand beside those of the other */
export function reviewForms(
  files: readonly string[],
  values: TuneServerValues & { readonly modelAnalyzer?: string },
): void {
  const forms = [
    ...(values.server === undefined ? [] : ['--server']),
    ...(values.modelAnalyzer === undefined ? [] : ['--model-analyzer']),
  ]
  const [form] = forms
  if (forms.length > 1)
    throw new ServebenchError('SERVEBENCH_USAGE', `${forms.join(' and ')} each stand for a bench file.`, {
      advice: 'Leave one of them out.',
    })
  if (form !== undefined) {
    if (files.length === 0) return
    throw new ServebenchError('SERVEBENCH_USAGE', `${form} stands for a bench file: leave the files out.`)
  }
  const stray = Object.entries(OPTION_NAMES).find(
    ([key]) => values[key as keyof TuneServerValues] !== undefined,
  )
  if (stray === undefined) return
  throw new ServebenchError(
    'SERVEBENCH_USAGE',
    `${stray[1]} is an option of \`servebench tune --server NAME\` and \`--model-analyzer FILE\`.`,
    {
      advice: 'In a bench file the study says it.',
    },
  )
}

const OPTION_NAMES: Readonly<Record<Exclude<keyof TuneServerValues, 'server'>, string>> = {
  repository: '--repository',
  url: '--url',
  model: '--model',
  shape: '--shape',
  protocol: '--protocol',
  latencyBudget: '--latency-budget',
  minThroughput: '--min-throughput',
  weight: '--weight',
  maxConcurrency: '--max-concurrency',
  launch: '--launch',
  image: '--image',
}
