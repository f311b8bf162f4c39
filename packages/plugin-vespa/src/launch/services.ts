import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { PlannedModel, PlannedThreads } from '../server.ts'

const MODEL_EVALUATION = /<model-evaluation\s*\/>/
const COMMENTS = /<!--[\s\S]*?-->/g
const SERVER_PORT = /(<server\b[^>]*?)\s+port="[^"]*"/g

/** A `services.xml` of one container. With the port 0, its servers take any: the container's class moves them. */
export function writeServices(
  models: readonly PlannedModel[],
  threads: PlannedThreads,
  port: number,
): string {
  const search = threadpool(threads.search, threads.searchQueue)
  const lines = [
    '<services version="1.0">',
    '<container id="default" version="1.0">',
    ...(models.length === 0 ? [] : [modelEvaluation(models)]),
    ...threadpool(threads.container, threads.containerQueue),
    ...(search.length === 0 ? ['<search/>'] : ['<search>', ...search, '</search>']),
    `<http><server id="main" port="${port}"/></http>`,
    '</container>',
    '</services>',
  ]
  return `${lines.join('\n')}\n`
}

/**
 * The `services.xml` of an application, with the settings of models where it says `<model-evaluation/>`.
 * @throws {ServebenchError} `SERVEBENCH_VESPA_SERVICES` when there is no place for them
 */
export function adaptServices(
  text: string,
  models: readonly PlannedModel[],
  threads: PlannedThreads,
  port: number,
): string {
  const services = text.replace(COMMENTS, '')
  if (Object.values(threads).some((count) => count !== null))
    throw unfit(
      '`threads` are for a services.xml that is written.',
      'Say them in services.xml, as <threadpool>.',
    )
  if (services.replace(SERVER_PORT, '') === services)
    throw unfit(
      'services.xml has no HTTP server with a port.',
      'Add <http><server id="main" port="8080"/></http>.',
    )
  if (models.some(hasSettings) && !MODEL_EVALUATION.test(services))
    throw unfit(
      'services.xml has no place for the settings of models.',
      'Add <model-evaluation/> to its container.',
    )
  return services
    .replace(MODEL_EVALUATION, () => modelEvaluation(models))
    .replace(SERVER_PORT, `$1 port="${port}"`)
}

function hasSettings({ intraOpThreads, interOpThreads, executionMode }: PlannedModel): boolean {
  return (intraOpThreads ?? interOpThreads ?? executionMode) !== null
}

/** Names, counts and modes are checked before: nothing has to be escaped. */
function modelEvaluation(models: readonly PlannedModel[]): string {
  const settings = models
    .filter(hasSettings)
    .flatMap((model) => [
      `<model name="${model.name}">`,
      ...element('intraop-threads', model.intraOpThreads),
      ...element('interop-threads', model.interOpThreads),
      ...element('execution-mode', model.executionMode),
      '</model>',
    ])
  if (settings.length === 0) return '<model-evaluation/>'
  return ['<model-evaluation><onnx><models>', ...settings, '</models></onnx></model-evaluation>'].join('\n')
}

function element(name: string, value: number | string | null): string[] {
  return value === null ? [] : [`<${name}>${value}</${name}>`]
}

/** Vespa has no other words for counts that do not depend on the machine; it warns that they are old. */
function threadpool(threads: number | null, queue: number | null): string[] {
  if (threads === null && queue === null) return []
  const count = threads ?? 1
  return [
    '<threadpool>',
    `<max-threads>${count}</max-threads>`,
    `<min-threads>${count}</min-threads>`,
    `<queue-size>${queue ?? DEFAULT_QUEUE * count}</queue-size>`,
    '</threadpool>',
  ]
}

/** For each thread, as Vespa's own pools for handlers have it. */
const DEFAULT_QUEUE = 40

function unfit(message: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_VESPA_SERVICES', message, { advice, exitCode: ExitCode.usage })
}
