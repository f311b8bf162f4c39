import type { ConfigReader } from './config-reader.ts'
import { merge, readConstraints, readObjectives } from './goals.ts'
import { readModelConfig } from './model-config.ts'
import { NOTED_FLAGS, READ_FLAGS } from './options.ts'
import type { ModelAnalyzerAxis, ModelAnalyzerModel, ModelAnalyzerSearch } from './study.ts'
import { doublings, readNumbers } from './values.ts'

type Config = Readonly<Record<string, unknown>>

const MODEL_OPTIONS = [
  'cpu_only',
  'model_config_parameters',
  'parameters',
  'objectives',
  'constraints',
  'weighting',
  'perf_analyzer_flags',
  'genai_perf_flags',
  'triton_server_flags',
  'triton_server_environment',
  'triton_docker_args',
]
const PARAMETERS = ['concurrency', 'request_rate', 'batch_sizes']

/** A model of `profile_models`, with what the file says for all of them. */
export function readModel(
  name: string,
  value: unknown,
  config: Config,
  strategy: ModelAnalyzerSearch['strategy'],
  reader: ConfigReader,
): ModelAnalyzerModel {
  const path = `profile_models.${name}`
  const own = reader.fields(value, path)
  for (const option of Object.keys(own)) {
    if (!MODEL_OPTIONS.includes(option)) reader.unknown(`${path}.${option}`, MODEL_OPTIONS)
    else if (/^(triton_|genai_)/.test(option))
      reader.note(
        `${path}.${option}`,
        'unsupported',
        'one server has one set of these: say it for all models, or as axes `args.--FLAG` and `env.NAME`.',
      )
  }
  const parameters = reader.fields(own['parameters'], `${path}.parameters`)
  for (const parameter of Object.keys(parameters))
    if (!PARAMETERS.includes(parameter)) reader.unknown(`${path}.parameters.${parameter}`, PARAMETERS)
  const swept = (option: string): { readonly value: unknown; readonly path: string } =>
    parameters[option] === undefined
      ? { value: config[option], path: option }
      : { value: parameters[option], path: `${path}.parameters.${option}` }
  const flags = readFlags([config['perf_analyzer_flags'], own['perf_analyzer_flags']], path, reader)
  const batches = swept('batch_sizes')
  const budget = budgetOf(config, reader)
  const objective = readObjectives(
    own['objectives'] ?? config['objectives'],
    own['objectives'] === undefined ? 'objectives' : `${path}.objectives`,
    reader,
  )
  const constraints = merge(
    merge(readConstraints(config['constraints'], 'constraints', reader), budget),
    readConstraints(own['constraints'], `${path}.constraints`, reader),
  )
  return {
    name,
    axes: [...axesOf(name, own, parameters, config, strategy, reader), ...composingAxes(config, reader)],
    load: loadOf(
      swept('concurrency'),
      swept('request_rate'),
      config,
      Object.keys(parameters).length > 0,
      reader,
    ),
    batchSizes:
      batches.value === undefined ? [flags.batchSize] : readNumbers(batches.value, batches.path, reader),
    objective: Object.keys(objective).length === 0 ? { 'items.throughput': 1 } : objective,
    constraints,
    weight: reader.number(own['weighting'] ?? config['weighting'], `${path}.weighting`, 1),
    shapes: flags.shapes,
    inputs: flags.inputs,
    streaming: flags.streaming,
    percentile: flags.percentile,
  }
}

/** `latency_budget` is of the 99th percentile. */
function budgetOf(config: Config, reader: ConfigReader): ReturnType<typeof readConstraints> {
  const { latency_budget: latency, min_throughput: throughput } = config
  return {
    ...(latency === undefined
      ? {}
      : { responseTime: { p99: `${reader.number(latency, 'latency_budget', 0)}ms` as const } }),
    ...(throughput === undefined ? {} : { throughput: reader.number(throughput, 'min_throughput', 0) }),
  }
}

function axesOf(
  name: string,
  own: Config,
  parameters: Config,
  config: Config,
  strategy: ModelAnalyzerSearch['strategy'],
  reader: ConfigReader,
): readonly ModelAnalyzerAxis[] {
  const kind = reader.flag(own['cpu_only'], `profile_models.${name}.cpu_only`)
    ? [{ path: `state.models.${name}.instanceKind`, values: ['cpu'] }]
    : []
  if (own['model_config_parameters'] !== undefined) {
    const path = `profile_models.${name}.model_config_parameters`
    const axes = readModelConfig(own['model_config_parameters'], path, name, reader)
    if (strategy === 'quick' && axes.some(({ values }) => values.length > 1))
      reader.note(
        path,
        'changed',
        "Model Analyzer's quick search takes one combination of these; here they are axes of it.",
      )
    return [...kind.filter(({ path: own_ }) => axes.every((axis) => axis.path !== own_)), ...axes]
  }
  // By hand, it is that or nothing, but for a search that chooses.
  const byHand = strategy === 'grid' && Object.keys(parameters).length > 0
  if (byHand || reader.flag(config['run_config_search_disable'], 'run_config_search_disable')) return kind
  return [...kind, ...automaticAxes(name, config, reader)]
}

/** What Model Analyzer varies by itself. Batches are for models with a batch dimension only, which a running server tells. */
function automaticAxes(name: string, config: Config, reader: ConfigReader): readonly ModelAnalyzerAxis[] {
  const number = (option: string, fallback: number): number =>
    reader.number(config[`run_config_search_${option}`], `run_config_search_${option}`, fallback)
  const [least, most] = [number('min_instance_count', 1), number('max_instance_count', 5)]
  const batches = doublings(
    Math.max(1, number('min_model_batch_size', 1)),
    number('max_model_batch_size', 128),
  )
  if (least > most)
    reader.problem('run_config_search_min_instance_count', `is ${least}, above the most: ${most}.`)
  if (batches.length === 0) reader.problem('run_config_search_min_model_batch_size', 'is above the most.')
  const prefix = `state.models.${name}`
  return [
    {
      path: `${prefix}.instances`,
      values: Array.from({ length: Math.max(0, most - least + 1) }, (_, index) => least + index),
    },
    { path: `${prefix}.maxBatchSize`, values: batches },
    { path: `${prefix}.dynamicBatching`, values: [true] },
  ]
}

/** Of ensembles and BLS: settings of the models that they are composed of. */
function composingAxes(config: Config, reader: ConfigReader): readonly ModelAnalyzerAxis[] {
  const onCpu = reader.names(config['cpu_only_composing_models'], 'cpu_only_composing_models')
  const axes: ModelAnalyzerAxis[] = []
  for (const option of ['bls_composing_models', 'ensemble_composing_models']) {
    const given = config[option]
    const models =
      typeof given === 'string' || Array.isArray(given)
        ? Object.fromEntries(reader.names(given, option).map((name) => [name, {}]))
        : reader.fields(given, option)
    for (const [name, value] of Object.entries(models)) {
      const { model_config_parameters: parameters, ...others } = reader.fields(value, `${option}.${name}`)
      for (const other of Object.keys(others))
        reader.unknown(`${option}.${name}.${other}`, ['model_config_parameters'])
      axes.push(
        ...(parameters === undefined
          ? automaticAxes(name, config, reader).filter(({ path }) => path.endsWith('.instances'))
          : readModelConfig(parameters, `${option}.${name}.model_config_parameters`, name, reader)),
      )
    }
  }
  const said = new Set(axes.map(({ path }) => path))
  const kinds = onCpu.map((name) => ({ path: `state.models.${name}.instanceKind`, values: ['cpu'] }))
  return [...kinds.filter(({ path }) => !said.has(path)), ...axes]
}

function loadOf(
  concurrency: { readonly value: unknown; readonly path: string },
  rate: { readonly value: unknown; readonly path: string },
  config: Config,
  byHand: boolean,
  reader: ConfigReader,
): ModelAnalyzerModel['load'] {
  if (concurrency.value !== undefined && rate.value !== undefined)
    reader.problem(rate.path, 'and concurrency exclude each other.')
  if (concurrency.value !== undefined)
    return { vary: 'concurrency', values: readNumbers(concurrency.value, concurrency.path, reader) }
  if (rate.value !== undefined) return { vary: 'rate', values: readNumbers(rate.value, rate.path, reader) }
  const isDisabled = reader.flag(config['run_config_search_disable'], 'run_config_search_disable')
  const byRate =
    reader.flag(config['request_rate_search_enable'], 'request_rate_search_enable') ||
    Object.keys(config).some((option) => /^run_config_search_m(in|ax)_request_rate$/.test(option))
  const vary = byRate ? 'rate' : 'concurrency'
  if (isDisabled || byHand) return { vary, values: [1] }
  const [least, most] = byRate ? [RATES.least, RATES.most] : [1, 1024]
  const option = byRate ? 'request_rate' : 'concurrency'
  const number = (side: string, fallback: number): number =>
    reader.number(
      config[`run_config_search_${side}_${option}`],
      `run_config_search_${side}_${option}`,
      fallback,
    )
  const values = doublings(Math.max(1, number('min', least)), number('max', most))
  if (values.length === 0) reader.problem(`run_config_search_min_${option}`, 'is above the most.')
  return { vary, values }
}

const RATES = { least: 16, most: 8192 }

interface Flags {
  readonly shapes: Readonly<Record<string, readonly number[]>>
  readonly inputs: readonly string[]
  readonly streaming: boolean
  readonly percentile: number | null
  readonly batchSize: number
}

/** Flags of perf_analyzer, of all models and of this one. */
function readFlags(given: readonly [unknown, unknown], path: string, reader: ConfigReader): Flags {
  const [common, own] = [
    reader.fields(given[0], 'perf_analyzer_flags'),
    reader.fields(given[1], `${path}.perf_analyzer_flags`),
  ]
  const flags = { ...common, ...own }
  for (const name of Object.keys(flags)) {
    const at = own[name] === undefined ? `perf_analyzer_flags.${name}` : `${path}.perf_analyzer_flags.${name}`
    const why = Object.hasOwn(NOTED_FLAGS, name) ? NOTED_FLAGS[name] : undefined
    if (why !== undefined) reader.note(at, why.kind, why.message)
    else if (name.startsWith('ssl-')) reader.note(at, 'elsewhere', '`tls` of triton() and tritonServer().')
    else if (!(READ_FLAGS as readonly string[]).includes(name))
      reader.note(at, 'unknown', 'is no flag of perf_analyzer that is known here.')
  }
  const list = (value: unknown): readonly unknown[] =>
    Array.isArray(value) ? value : value === undefined ? [] : [value]
  const shapes = list(flags['shape']).map((text) =>
    readShape(String(text), `${path}.perf_analyzer_flags.shape`, reader),
  )
  const { percentile } = flags
  return {
    shapes: Object.fromEntries(shapes),
    inputs: list(flags['input-data']).map(String),
    streaming: flags['streaming'] !== undefined && flags['streaming'] !== false,
    percentile:
      percentile === undefined
        ? null
        : reader.number(percentile, `${path}.perf_analyzer_flags.percentile`, 0),
    batchSize: reader.number(flags['batch-size'] ?? flags['b'], `${path}.perf_analyzer_flags.batch-size`, 1),
  }
}

/** `INPUT0:1024,1024` */
function readShape(text: string, path: string, reader: ConfigReader): [string, readonly number[]] {
  const at = text.lastIndexOf(':')
  const dims = text
    .slice(at + 1)
    .split(',')
    .map(Number)
  if (at < 1 || !dims.every((size) => Number.isInteger(size) && size > 0))
    reader.problem(path, `must be NAME:1,2,3, not '${text}'.`)
  return [text.slice(0, at), dims]
}
