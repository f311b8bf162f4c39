import { resolve } from 'node:path'
import { importLines, quote, source, type Written } from '../dsl/bench-source.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { suggest } from '../units/suggest.ts'
import { shapesOf } from './quick-scenario.ts'

/** Options of `servebench tune` that stand for a bench file. */
export interface TuneServerValues {
  readonly server?: string
  readonly repository?: string
  readonly url?: string
  readonly model?: string
  readonly shape?: readonly string[]
  readonly protocol?: string
  readonly latencyBudget?: string
  readonly minThroughput?: string
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
  /** Options of a server that is launched with the models of a folder, or attached to. */
  readonly options: (folder: string | null, model: string) => Readonly<Record<string, unknown>>
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
    options: (folder, model) => ({
      ...(folder === null ? {} : { repository: folder }),
      state: { models: { [model]: {} } },
    }),
    attaches: true,
  },
  onnx: {
    package: '@servebench/plugin-onnxruntime',
    factory: 'onnxServer',
    target: OIP,
    options: (folder, model) => ({ models: [{ model: `${folder}/${model}.onnx`, name: model }] }),
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
    options: (folder, model) =>
      folder === null
        ? { state: { models: { [model]: {} } } }
        : { models: [{ archive: `${folder}/${model}.mar`, name: model }] },
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
    options: (folder, model) =>
      folder === null ? {} : { models: [{ model: `${folder}/${model}`, name: model }] },
    attaches: true,
  },
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
  const { server = '', repository, url, model = '', image } = values
  const known = SERVERS[server]
  const launch = values.launch ?? (url === undefined ? 'local' : 'attach')
  if (known === undefined) {
    const names = Object.keys(SERVERS)
    wrong('--server', `expected ${names.join(', ')}, not '${server}'.`, suggest(server, names))
  }
  if (model === '') wrong('--model', 'is missing: which model is asked?')
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
  const minimum = numberOf('--min-throughput', values.minThroughput, wrong)
  const users = usersOf(values.maxConcurrency, wrong) ?? MOST_USERS
  const shapes = shapesOf(values.shape, problems)
  if (problems.length > 0 || known === undefined) throw new ValidationError('servebench tune', problems)
  const folder = repository === undefined ? null : resolve(directory, repository)
  const serverCall: Written = {
    call: known.factory,
    from: known.package,
    argument: {
      ...(url === undefined ? {} : { url }),
      ...known.options(folder, model),
      ...(launch === 'container' ? { container: { image } } : {}),
    },
  }
  const target: Written = {
    call: known.target.factory,
    from: known.target.package,
    argument: {
      model,
      protocol: values.protocol ?? (launch === 'attach' ? known.target.overHttp : known.target.protocol),
    },
  }
  const input: Written | null =
    shapes === null ? null : { call: 'tensors', from: 'servebench/inputs', argument: { shapes } }
  const name = `${model} on ${server}`
  const calls = [serverCall, target, ...(input === null ? [] : [input])]
  const lines = importLines([{ call: 'study', from: 'servebench' }, ...calls], [])
  const options = [
    `server: ${source(serverCall, 1)},`,
    `target: ${source(target, 1)},`,
    ...(input === null ? [] : [`input: ${source(input, 1)},`]),
    `loads: { concurrency: { from: 1, to: ${users} } },`,
    ...(values.latencyBudget === undefined ? [] : [`latencyBudget: ${quote(values.latencyBudget)},`]),
    ...(minimum === null ? [] : [`minThroughput: ${minimum},`]),
    "search: 'quick',",
  ]
  const note = '// Without `space` and `settings` the plugin of the server says what is worth a try.\n'
  return {
    name,
    text: `${lines.join('\n')}\n\n${note}study(${quote(name)}, {\n${options.map((option) => `  ${option}`).join('\n')}\n})\n`,
  }
}

type Wrong = (path: string, message: string, suggestion?: string) => void

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

export function numberOf(option: string, text: string | undefined, wrong: Wrong): number | null {
  if (text === undefined) return null
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  wrong(option, `expected a number above 0, not '${text}'.`)
  return null
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
  maxConcurrency: '--max-concurrency',
  launch: '--launch',
  image: '--image',
}
