import type { ModelAnalyzerNote } from './study.ts'

type Note = Pick<ModelAnalyzerNote, 'kind' | 'message'>

const note = (kind: Note['kind'], message: string): Note => ({ kind, message })
const elsewhere = (message: string): Note => note('elsewhere', message)
const needless = (message: string): Note => note('needless', message)
const unsupported = (message: string): Note => note('unsupported', message)

const REPORTS = elsewhere('reports are made of the results at any time: `reporters`, `servebench report`.')
const COLUMNS = elsewhere('tables have all columns; CSV and JSON hold every metric.')
const OWN_CLIENT = needless('servebench is its own client: perf_analyzer is not started.')

/** Options that become a part of the study. */
export const READ = [
  'model_repository',
  'profile_models',
  'bls_composing_models',
  'ensemble_composing_models',
  'cpu_only_composing_models',
  'concurrency',
  'batch_sizes',
  'request_rate',
  'client_protocol',
  'triton_docker_image',
  'triton_docker_mounts',
  'triton_docker_shm_size',
  'triton_http_endpoint',
  'triton_grpc_endpoint',
  'triton_metrics_url',
  'triton_server_path',
  'triton_launch_mode',
  'triton_server_flags',
  'triton_server_environment',
  'gpus',
  'model_type',
  'early_exit_enable',
  'run_config_search_mode',
  'run_config_search_min_concurrency',
  'run_config_search_max_concurrency',
  'run_config_search_min_model_batch_size',
  'run_config_search_max_model_batch_size',
  'run_config_search_min_instance_count',
  'run_config_search_max_instance_count',
  'run_config_search_min_request_rate',
  'run_config_search_max_request_rate',
  'run_config_search_max_binary_search_steps',
  'run_config_search_disable',
  'run_config_profile_models_concurrently_enable',
  'request_rate_search_enable',
  'min_percentage_of_search_space',
  'max_percentage_of_search_space',
  'optuna_min_trials',
  'optuna_max_trials',
  'optuna_early_exit_threshold',
  'use_concurrency_formula',
  'concurrency_sweep_disable',
  'num_configs_per_model',
  'latency_budget',
  'min_throughput',
  'constraints',
  'objectives',
  'weighting',
  'perf_analyzer_flags',
] as const

/** Options that do not, and why. */
export const NOTED: Readonly<Record<string, Note>> = {
  config_file: needless('this is the file.'),
  checkpoint_directory: elsewhere(
    'results are kept by configuration in the output folder (`output`), and not measured again.',
  ),
  output_model_repository_path: needless(
    'variants are loaded as overrides: no repository of them is written.',
  ),
  override_output_model_repository: needless('no repository of variants is written.'),
  export_path: elsewhere('`--output` or `output` in the configuration.'),
  client_max_retries: elsewhere('`startTimeout` of tritonServer().'),
  duration_seconds: elsewhere('`energy.idle` measures the idle server.'),
  monitoring_interval: elsewhere('`period` of a sampler.'),
  collect_cpu_metrics: elsewhere('`hostSampler` and `serverSampler` are on by themselves.'),
  perf_analyzer_path: OWN_CLIENT,
  perf_analyzer_timeout: OWN_CLIENT,
  perf_analyzer_cpu_util: elsewhere('`gates.loadThreadCpu` and `gates.foreignCpu` mark such a measurement.'),
  perf_output: OWN_CLIENT,
  perf_output_path: OWN_CLIENT,
  perf_analyzer_max_auto_adjusts: needless('measurements are judged, not repeated with other windows.'),
  reload_model_disable: unsupported('models are loaded as settings need it, and put back.'),
  triton_install_path: unsupported('the server runs in a process of its own: there is no C API mode.'),
  triton_output_path: elsewhere('the end of the log is in the result of a configuration that fails.'),
  triton_docker_labels: elsewhere('`container.args` of tritonServer().'),
  triton_docker_args: elsewhere('`container.args` of tritonServer().'),
  dcgm_disable: elsewhere('`nvmlSampler` and `dcgmSampler` are named where they are wanted.'),
  always_report_gpu_metrics: needless('what samplers read is always reported.'),
  skip_summary_reports: REPORTS,
  skip_detailed_reports: REPORTS,
  num_top_model_configs: elsewhere('`servebench report RUN --configs` shows those that are named.'),
  filename_model_inference: REPORTS,
  filename_model_gpu: REPORTS,
  filename_server_only: REPORTS,
  inference_output_fields: COLUMNS,
  gpu_output_fields: COLUMNS,
  server_output_fields: COLUMNS,
  genai_perf_flags: unsupported('there are no loads by tokens.'),
  report_model_configs: REPORTS,
  plots: REPORTS,
}

/** Of `perf_analyzer_flags`: those that become a part of the study. */
export const READ_FLAGS = ['shape', 'input-data', 'streaming', 'percentile', 'batch-size', 'b'] as const

export const NOTED_FLAGS: Readonly<Record<string, Note>> = {
  'measurement-interval': elsewhere('`duration` of a study.'),
  'measurement-mode': elsewhere('`duration` of a study.'),
  'measurement-request-count': elsewhere('`duration` of a study.'),
  'stability-percentage': elsewhere("`warmup: { until: 'stable', within }`."),
  'max-trials': elsewhere("`warmup: { until: 'stable', maximum }`."),
  'request-distribution': elsewhere('`load: poisson({ rate })` or `constantRate({ rate })`.'),
  'request-intervals': elsewhere('`load: trace({ file })`.'),
  'binary-search': elsewhere('`search: findMax(…)` of a scenario.'),
  'latency-threshold': elsewhere('`constraints: { p99 }`.'),
  'concurrency-range': elsewhere('`loads` of a study.'),
  'request-rate-range': elsewhere('`loads` of a study.'),
  'max-threads': needless('requests in flight take no thread.'),
  async: needless('requests in flight take no thread.'),
  sync: needless('requests in flight take no thread.'),
  'shared-memory': unsupported('tensors are sent over the network.'),
  'output-shared-memory-size': unsupported('tensors are sent over the network.'),
  'num-of-sequences': elsewhere('`exchange: { sequence }` of the study.'),
  'sequence-length': elsewhere('`exchange: { sequence: { steps } }` of the study.'),
  'sequence-id-range': needless('sequence ids are unique.'),
  'string-length': elsewhere('an input of `servebench/inputs`.'),
  'string-data': elsewhere('an input of `servebench/inputs`.'),
  'collect-metrics': elsewhere('`prometheusSampler`.'),
  'metrics-url': elsewhere('`metricsUrl` of tritonServer().'),
  'metrics-interval': elsewhere('`period` of `prometheusSampler`.'),
  'http-header': elsewhere('`headers` of triton() and tritonServer().'),
  'grpc-compression-algorithm': unsupported('messages are not compressed.'),
}
