import { errorText, fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { RestCaller } from 'servebench/session'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { StateMetrics } from './state-metrics.ts'

export interface VespaClientOptions {
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
  readonly signal?: AbortSignal
  /** Milliseconds for each call; 10 s by default. */
  readonly timeout?: number
}

/** An argument of a model, with its type as Vespa writes it. */
export interface ModelArgument {
  readonly name: string
  readonly type: string
}
export interface ModelFunction {
  readonly name: string
  readonly arguments: readonly ModelArgument[]
}

const MODELS_PATH = '/model-evaluation/v1'
const PROMETHEUS_PATH = '/prometheus/v1/values'
const OK = 200
const NOT_FOUND = 404

export function evaluationPath(model: string, name: string): string {
  return `${MODELS_PATH}/${encodeURIComponent(model)}/${encodeURIComponent(name)}/eval`
}

/** Calls of a container besides those that are measured: its state, its models. */
export class VespaClient {
  readonly url: string
  readonly #caller: RestCaller

  /** @param url of the container, without a slash at its end */
  constructor(url: string, options: VespaClientOptions = {}) {
    this.url = url
    this.#caller = new RestCaller(options)
  }

  /** Whether its status is `up`. @throws {ServebenchError} when it does not answer */
  async isUp(): Promise<boolean> {
    const { status, json } = await this.#get('/state/v1/health')
    return status === OK && fieldsOf(json['status'])['code'] === 'up'
  }

  /** `null` when it does not say. */
  async version(): Promise<string | null> {
    const { status, json } = await this.#get('/state/v1/version')
    return status === OK ? textOf(json['version']) || null : null
  }

  /** @throws {ServebenchError} when there are none */
  async metrics(): Promise<StateMetrics> {
    const { status, json, said } = await this.#get('/state/v1/metrics')
    if (status !== OK) throw this.#refused('/state/v1/metrics', status, said)
    return new StateMetrics(json)
  }

  /** The page of the metrics proxy; `null` where there is no such proxy, as beside containers that stand alone. */
  async prometheus(): Promise<string | null> {
    const { status, text } = await this.#get(PROMETHEUS_PATH)
    return status === OK ? text : null
  }

  /** Names of models; empty where model evaluation is not switched on. */
  async models(): Promise<readonly string[]> {
    const { status, json } = await this.#get(MODELS_PATH)
    return status === OK ? Object.keys(json) : []
  }

  /** @throws {ServebenchError} `SERVEBENCH_VESPA_MODEL` when the container does not evaluate it */
  async describeModel(model: string): Promise<readonly ModelFunction[]> {
    const path = `${MODELS_PATH}/${encodeURIComponent(model)}`
    const { status, json, said } = await this.#get(path)
    if (status === NOT_FOUND) throw noModel(this.url, model, said)
    if (status !== OK) throw this.#refused(path, status, said)
    return listOf(json['functions']).map((entry) => {
      const { function: name, arguments: list } = fieldsOf(entry)
      return {
        name: textOf(name),
        arguments: listOf(list).map((argument) => {
          const { name: its, type } = fieldsOf(argument)
          return { name: textOf(its), type: textOf(type) }
        }),
      }
    })
  }

  async #get(path: string): Promise<{
    readonly status: number
    readonly json: JsonObject
    readonly text: string
    readonly said: string
  }> {
    const { status, body } = await this.#caller.call('GET', this.url + path)
    const text = body.toString()
    return { status, json: parse(text), text, said: errorText(body).slice(0, 300) }
  }

  #refused(path: string, status: number, said: string): ServebenchError {
    return new ServebenchError(
      'SERVEBENCH_VESPA_CALL',
      `${this.url}${path} answered HTTP ${status}: ${said}`,
      {
        advice: 'Check that this is the port of a Vespa container.',
        exitCode: ExitCode.target,
      },
    )
  }
}

function noModel(url: string, model: string, said: string): ServebenchError {
  const isKnown = said.startsWith('No model')
  return new ServebenchError(
    'SERVEBENCH_VESPA_MODEL',
    isKnown
      ? `Vespa at ${url} has no model '${model}'. ${said}`
      : `Vespa at ${url} does not evaluate models: there is no ${MODELS_PATH}.`,
    {
      advice: isKnown
        ? 'Names of models are in lower case; they are those of the files in the application package, without `.onnx`.'
        : 'Add <model-evaluation/> to the container in services.xml.',
      exitCode: ExitCode.target,
    },
  )
}

/** `{}` for what is no JSON object. */
function parse(text: string): JsonObject {
  try {
    return fieldsOf(JSON.parse(text) as JsonValue)
  } catch {
    return {}
  }
}
