import { parseServerUrl, ValidationError } from 'servebench/plugin'
import { ConfigReader } from './config-reader.ts'
import { parseYaml } from './parse-yaml.ts'
import { readModel } from './read-model.ts'
import { NOTED, READ } from './options.ts'
import { readExtent, readGpus, readServerFlags, readVariables } from './values.ts'
import type {
  ModelAnalyzerExtent,
  ModelAnalyzerImport,
  ModelAnalyzerSearch,
  ModelAnalyzerServer,
  ModelAnalyzerStudy,
} from './study.ts'

const MODES: Readonly<Record<string, ModelAnalyzerServer['mode']>> = {
  local: 'launch',
  docker: 'container',
  remote: 'attach',
}
const STRATEGIES: Readonly<Record<string, ModelAnalyzerSearch['strategy']>> = {
  brute: 'grid',
  quick: 'quick',
  optuna: 'bayesian',
}

/**
 * Reads a configuration file of Model Analyzer (`profile`). Pure: nothing is asked, no file is looked for.
 * @returns the study that it asks for, and a note for each option that is not taken over as it stands
 * @throws {ValidationError} with everything that is wrong with the file
 */
export function readModelAnalyzerConfig(text: string): ModelAnalyzerImport {
  const reader = new ConfigReader()
  const study = readStudy(text, reader)
  if (reader.distinctProblems().length > 0)
    throw new ValidationError('The configuration of Model Analyzer', reader.distinctProblems())
  return { study, notes: reader.distinctNotes() }
}

/** What is wrong with it goes to the reader; then what it returns is of no use. */
export function readStudy(text: string, reader: ConfigReader): ModelAnalyzerStudy {
  const config = reader.fields(parseYaml(text), 'the file')
  for (const name of Object.keys(config)) {
    const why = Object.hasOwn(NOTED, name) ? NOTED[name] : undefined
    if (why !== undefined) reader.note(name, why.kind, why.message)
    else if (!(READ as readonly string[]).includes(name)) reader.unknown(name)
  }
  const server = readServer(config, reader)
  const together = reader.flag(
    config['run_config_profile_models_concurrently_enable'],
    'run_config_profile_models_concurrently_enable',
  )
  const models = Object.entries(modelsOf(config['profile_models'], reader))
  if (models.length === 0) reader.problem('profile_models', whyNoModels(config))
  if (/^llm$/i.test(reader.text(config['model_type'], 'model_type') ?? ''))
    reader.problem('model_type', 'is LLM: servebench has no loads and metrics by tokens.')
  const search = readSearch(config, together || isComposed(config), reader)
  const protocol = config['client_protocol'] ?? 'grpc'
  if (protocol !== 'grpc' && protocol !== 'http') reader.problem('client_protocol', 'must be http or grpc.')
  return {
    server,
    protocol: protocol === 'http' ? 'http' : 'grpc',
    together,
    search,
    models: models.map(([name, own]) =>
      readModel(name, own, config, { strategy: search.strategy, together }, reader),
    ),
  }
}

function whyNoModels(config: Readonly<Record<string, unknown>>): string {
  return config['report_model_configs'] === undefined
    ? 'names no model.'
    : 'names no model: this is a file for `model-analyzer report`, and servebench reports its own results.'
}

/** Names, or objects by name. */
function modelsOf(value: unknown, reader: ConfigReader): Readonly<Record<string, unknown>> {
  if (typeof value === 'string')
    return Object.fromEntries(reader.names(value, 'profile_models').map((name) => [name, {}]))
  if (!Array.isArray(value)) return reader.fields(value, 'profile_models')
  return Object.fromEntries(
    (value as unknown[]).flatMap((entry, index): readonly (readonly [string, unknown])[] =>
      typeof entry === 'string'
        ? [[entry, {}]]
        : Object.entries(reader.fields(entry, `profile_models[${index}]`)),
    ),
  )
}

function isComposed(config: Readonly<Record<string, unknown>>): boolean {
  return (config['bls_composing_models'] ?? config['ensemble_composing_models']) !== undefined
}

function readServer(config: Readonly<Record<string, unknown>>, reader: ConfigReader): ModelAnalyzerServer {
  const mode = reader.text(config['triton_launch_mode'], 'triton_launch_mode') ?? 'local'
  if (mode === 'c_api')
    reader.note(
      'triton_launch_mode',
      'changed',
      'c_api is taken as local: the server runs in a process of its own.',
    )
  else if (!Object.hasOwn(MODES, mode))
    reader.problem('triton_launch_mode', 'must be local, docker, remote or c_api.')
  const url = (name: string, fallback: string): string => {
    const given = reader.text(config[name], name) ?? fallback
    try {
      return parseServerUrl(/^https?:/.test(given) ? given : `http://${given}`, `http://${fallback}`)
    } catch (error) {
      reader.problem(name, (error as Error).message)
      return ''
    }
  }
  return {
    mode: MODES[mode] ?? 'launch',
    repository: reader.text(config['model_repository'], 'model_repository'),
    binary: reader.text(config['triton_server_path'], 'triton_server_path'),
    image: reader.text(config['triton_docker_image'], 'triton_docker_image'),
    mounts: reader.names(config['triton_docker_mounts'], 'triton_docker_mounts'),
    shmSize: reader.text(config['triton_docker_shm_size'], 'triton_docker_shm_size'),
    url: url('triton_http_endpoint', 'localhost:8000'),
    grpcUrl: url('triton_grpc_endpoint', 'localhost:8001'),
    metricsUrl:
      reader.text(config['triton_metrics_url'], 'triton_metrics_url') ?? 'http://localhost:8002/metrics',
    gpus: readGpus(config['gpus'], reader),
    args: readServerFlags(config['triton_server_flags'], 'triton_server_flags', reader),
    env: readVariables(config['triton_server_environment'], 'triton_server_environment', reader),
  }
}

function readSearch(
  config: Readonly<Record<string, unknown>>,
  quickByDefault: boolean,
  reader: ConfigReader,
): ModelAnalyzerSearch {
  const number = (name: string, fallback: number): number => reader.number(config[name], name, fallback)
  const extent = (side: 'min' | 'max', usual: number): ModelAnalyzerExtent =>
    readExtent(config, side, usual, reader)
  const mode =
    reader.text(config['run_config_search_mode'], 'run_config_search_mode') ??
    (quickByDefault ? 'quick' : 'brute')
  if (!Object.hasOwn(STRATEGIES, mode))
    reader.problem('run_config_search_mode', 'must be brute, quick or optuna.')
  if (mode === 'optuna')
    reader.note(
      'run_config_search_mode',
      'changed',
      "is the strategy 'bayesian' here, with Gaussian processes instead of Optuna's sampler.",
    )
  return {
    strategy: STRATEGIES[mode] ?? 'grid',
    top: reader.flag(config['concurrency_sweep_disable'], 'concurrency_sweep_disable')
      ? 0
      : number('num_configs_per_model', 3),
    refine: number('run_config_search_max_binary_search_steps', 5),
    fewest: extent('min', 5),
    most: extent('max', 10),
    patience: number('optuna_early_exit_threshold', 10),
    concurrencyByRule: reader.flag(config['use_concurrency_formula'], 'use_concurrency_formula'),
  }
}
