import { resolve } from 'node:path'
import type { ImportOptions } from 'servebench/plugin'
import { suggest, withPort } from 'servebench/plugin'
import type { ConfigReader } from './config-reader.ts'
import { merge } from './goals.ts'
import type { ModelAnalyzerModel, ModelAnalyzerServer, ModelAnalyzerStudy } from './study.ts'

const MODES = { local: 'launch', container: 'container', attach: 'attach' } as const

/** The study with what the command line says instead of the file. Paths are absolute afterwards. */
export function applyOptions(
  study: ModelAnalyzerStudy,
  options: ImportOptions,
  directory: string,
  reader: ConfigReader,
): ModelAnalyzerStudy {
  const { protocol = study.protocol, models = [] } = options
  if (protocol !== 'grpc' && protocol !== 'http') reader.problem('--protocol', 'must be http or grpc.')
  const names = study.models.map(({ name }) => name)
  for (const name of models) {
    if (names.includes(name)) continue
    const meant = suggest(name, names)
    reader.problem(
      '--model',
      `the file has no '${name}', only ${names.join(', ')}${meant === undefined ? '.' : `: is '${meant}' meant?`}`,
    )
  }
  return {
    ...study,
    protocol: protocol === 'http' ? 'http' : 'grpc',
    server: serverOf(study.server, options, directory, reader),
    models: study.models
      .filter(({ name }) => models.length === 0 || models.includes(name))
      .map((model) => modelOf(model, options, directory)),
  }
}

function serverOf(
  server: ModelAnalyzerServer,
  { launch, url, repository, image }: ImportOptions,
  directory: string,
  reader: ConfigReader,
): ModelAnalyzerServer {
  const mode =
    launch === undefined ? (repository === undefined ? server.mode : ownMode(server)) : MODES[launch]
  const models = repository ?? server.repository
  if (mode !== 'attach' && models === null)
    reader.problem('model_repository', 'is missing: say it here, with --repository, or give --url.')
  return {
    ...server,
    mode,
    repository: models === null ? null : resolve(directory, models),
    binary: server.binary === null || !/[\\/]/.test(server.binary) ? null : resolve(directory, server.binary),
    image: image ?? server.image,
    ...(url === undefined
      ? {}
      : { url, grpcUrl: withPort(url, '8001'), metricsUrl: `${withPort(url, '8002')}/metrics` }),
  }
}

/** Of a server with a repository: one that is started. */
function ownMode({ mode }: ModelAnalyzerServer): ModelAnalyzerServer['mode'] {
  return mode === 'attach' ? 'launch' : mode
}

function modelOf(
  model: ModelAnalyzerModel,
  { shapes, latencyBudget, minThroughput, maxConcurrency }: ImportOptions,
  directory: string,
): ModelAnalyzerModel {
  const { load } = model
  const limited = load.values.filter((value) => value <= (maxConcurrency ?? Infinity))
  return {
    ...model,
    shapes: shapes ?? model.shapes,
    inputs: model.inputs.map((input) => (/^(zero|random)$/.test(input) ? input : resolve(directory, input))),
    constraints: merge(model.constraints, {
      ...(latencyBudget === undefined ? {} : { responseTime: { p99: latencyBudget } }),
      ...(minThroughput === undefined ? {} : { throughput: minThroughput }),
    }),
    load:
      load.vary === 'rate' || maxConcurrency === undefined
        ? load
        : { ...load, values: limited.length === 0 ? [maxConcurrency] : limited },
  }
}
