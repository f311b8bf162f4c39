import type { ConfigReader } from './config-reader.ts'
import { merge, readConstraints, readObjectives } from './goals.ts'
import { readModelConfig } from './model-config.ts'
import { NOTED_FLAGS, READ_FLAGS } from './options.ts'
import type { ModelAnalyzerAxis, ModelAnalyzerModel, ModelAnalyzerSearch } from './study.ts'
import { doublings, readNumbers, readServerFlags, readVariables } from './values.ts'

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
const LIMITS = /^run_config_search_m(in|ax)_(instance_count|model_batch_size)$/
const PARAMETERS = ['concurrency', 'request_rate', 'batch_sizes']

/** A model of `profile_models`, with what the file says for all of them. */
export function readModel(
  name: string,
  value: unknown,
  config: Config,
  { strategy, together }: { readonly strategy: ModelAnalyzerSearch['strategy']; readonly together: boolean },
  reader: ConfigReader,
): ModelAnalyzerModel {
  const path = `profile_models.${name}`
  checkName(name, path, reader)
  const own = reader.fields(value, path)
  for (const option of Object.keys(own)) {
    if (!MODEL_OPTIONS.includes(option)) reader.unknown(`${path}.${option}`, MODEL_OPTIONS)
    else if (option === 'genai_perf_flags')
      reader.note(`${path}.${option}`, 'unsupported', 'there are no loads by tokens.')
    else if (option === 'triton_docker_args')
      reader.note(`${path}.${option}`, 'elsewhere', '`container.args` of tritonServer().')
    else if (together && option.startsWith('triton_'))
      reader.note(
        `${path}.${option}`,
        'unsupported',
        'models that run together have one server: say it for all.',
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
  const axes = axesOf(name, own, parameters, config, strategy, reader)
  const composing = composingAxes(config, reader)
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
    axes: [...axes.axes, ...composing.axes],
    automatic: [...axes.automatic, ...composing.automatic],
    isEnsemble: isOnlyEnsemble(config),
    isLimited:
      own['model_config_parameters'] !== undefined ||
      Object.keys(config).some((option) => LIMITS.test(option)),
    calls: callsOf(config['bls_composing_models'], reader),
    load: loadOf(swept('concurrency'), swept('request_rate'), config, reader),
    args: together ? [] : readServerFlags(own['triton_server_flags'], `${path}.triton_server_flags`, reader),
    env: together
      ? {}
      : readVariables(own['triton_server_environment'], `${path}.triton_server_environment`, reader),
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
): FoundAxes {
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
    const said = new Set(axes.map((axis) => axis.path.replace('.config.instance_group', '.instances')))
    // Searches that choose vary instances and batches in any case.
    const missing = strategy === 'grid' ? [] : automaticAxes(name, config, reader)
    const added = [...kind, ...missing.filter(({ path: at }) => !at.endsWith('.dynamicBatching'))].filter(
      (axis) => !said.has(axis.path),
    )
    return { axes: [...added, ...axes], automatic: added.length > kind.length ? [name] : [] }
  }
  // By hand, it is that or nothing, but for a search that chooses.
  const byHand = strategy === 'grid' && Object.keys(parameters).length > 0
  if (byHand || reader.flag(config['run_config_search_disable'], 'run_config_search_disable'))
    return { axes: kind, automatic: [] }
  return { axes: [...kind, ...automaticAxes(name, config, reader)], automatic: [name] }
}

interface FoundAxes {
  readonly axes: readonly ModelAnalyzerAxis[]
  /** Models whose axes these are without the file saying so. */
  readonly automatic: readonly string[]
}

/** Names become parts of paths and URLs. */
function checkName(name: string, path: string, reader: ConfigReader): void {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name))
    reader.problem(path, `'${name}' is no name of a model: letters, digits, '.', '_' and '-'.`)
}

function isOnlyEnsemble(config: Config): boolean {
  const { ensemble_composing_models: composing, profile_models: models } = config
  const count =
    typeof models === 'string'
      ? models.split(',').length
      : typeof models === 'object' && models !== null
        ? Object.keys(models).length
        : 0
  return composing !== undefined && count === 1
}

function callsOf(value: unknown, reader: ConfigReader): readonly string[] {
  return typeof value === 'string' || Array.isArray(value)
    ? reader.names(value, 'bls_composing_models')
    : Object.keys(reader.fields(value, 'bls_composing_models'))
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
function composingAxes(config: Config, reader: ConfigReader): FoundAxes {
  const onCpu = reader.names(config['cpu_only_composing_models'], 'cpu_only_composing_models')
  const axes: ModelAnalyzerAxis[] = []
  const automatic: string[] = []
  for (const option of ['bls_composing_models', 'ensemble_composing_models']) {
    const given = config[option]
    const models =
      typeof given === 'string' || Array.isArray(given)
        ? Object.fromEntries(reader.names(given, option).map((name) => [name, {}]))
        : reader.fields(given, option)
    for (const [name, value] of Object.entries(models)) {
      checkName(name, `${option}.${name}`, reader)
      const { model_config_parameters: parameters, ...others } = reader.fields(value, `${option}.${name}`)
      for (const other of Object.keys(others))
        reader.unknown(`${option}.${name}.${other}`, ['model_config_parameters'])
      if (parameters === undefined) automatic.push(name)
      axes.push(
        ...(parameters === undefined
          ? automaticAxes(name, config, reader)
          : readModelConfig(parameters, `${option}.${name}.model_config_parameters`, name, reader)),
      )
    }
  }
  const said = new Set(axes.map(({ path }) => path))
  const kinds = onCpu.map((name) => ({ path: `state.models.${name}.instanceKind`, values: ['cpu'] }))
  return { axes: [...kinds.filter(({ path }) => !said.has(path)), ...axes], automatic }
}

function loadOf(
  concurrency: { readonly value: unknown; readonly path: string },
  rate: { readonly value: unknown; readonly path: string },
  config: Config,
  reader: ConfigReader,
): ModelAnalyzerModel['load'] {
  if (concurrency.value !== undefined && rate.value !== undefined)
    reader.problem(rate.path, 'and concurrency exclude each other.')
  const areAll = !reader.flag(config['early_exit_enable'], 'early_exit_enable')
  if (concurrency.value !== undefined)
    return {
      vary: 'concurrency',
      values: readNumbers(concurrency.value, concurrency.path, reader),
      areAll,
    }
  if (rate.value !== undefined)
    return { vary: 'rate', values: readNumbers(rate.value, rate.path, reader), areAll }
  const isDisabled = reader.flag(config['run_config_search_disable'], 'run_config_search_disable')
  const byRate =
    reader.flag(config['request_rate_search_enable'], 'request_rate_search_enable') ||
    Object.keys(config).some((option) => /^run_config_search_m(in|ax)_request_rate$/.test(option))
  const vary = byRate ? 'rate' : 'concurrency'
  if (isDisabled) return { vary, values: [1], areAll }
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
  return { vary, values, areAll: false }
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
