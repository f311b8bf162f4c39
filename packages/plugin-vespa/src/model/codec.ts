import { ExitCode, ServebenchError } from 'servebench/plugin'
import { decodeContent, encodeHttpRequest, resolveHeaders } from 'servebench/session'
import type { Encoded, HttpHeaders, OutputTensor, RawMessage, TargetCodec } from 'servebench/session'
import { evaluationPath } from '../server/vespa-client.ts'
import type { ModelArgument } from '../server/vespa-client.ts'
import { bindRequest } from './bind-request.ts'
import type { ModelContent } from './bind-request.ts'
import type { VespaModelResponse } from './response.ts'
import type { ModelSettings } from './settings.ts'
import { readTensor } from './vespa-tensor.ts'

/** What the session module gets from the preflight. Plain data. */
export interface ModelSessionOptions extends ModelSettings {
  readonly api: 'model'
  readonly arguments: readonly ModelArgument[]
  /** Whether requests ask the server to close the connection. */
  readonly close: boolean
}

const FORM: HttpHeaders = { 'content-type': 'application/x-www-form-urlencoded' }
const FORMATS = { values: 'short', cells: 'long' } as const
/** Vespa's limit for the head of a request is 64 KiB, with all its headers. */
const LONGEST_PATH = 60_000

/** Turns tensors into forms or paths, and answers into {@link VespaModelResponse}s. */
export class ModelCodec implements TargetCodec<ModelContent, VespaModelResponse> {
  readonly #options: ModelSessionOptions

  constructor(options: ModelSessionOptions) {
    this.#options = options
  }

  encode(content: ModelContent): Encoded {
    const { url, headers, close, method, literals: form, answer, model, function: name } = this.#options
    const { literals, items, label } = bindRequest(content, this.#options.arguments, form)
    const target = url + evaluationPath(model, name)
    const format: readonly [string, string] = ['format.tensors', FORMATS[answer]]
    const isPost = method === 'POST'
    const text = [...literals, format]
      .map(([key, value]) => `${encodeURIComponent(key)}=${isPost ? escapeForm(value) : escapePath(value)}`)
      .join('&')
    if (!isPost && text.length > LONGEST_PATH) throw tooLong(text.length)
    return encodeHttpRequest({
      method,
      url: isPost ? target : `${target}?${text}`,
      headers: resolveHeaders(isPost ? FORM : undefined, headers),
      body: isPost ? Buffer.from(text) : null,
      close,
      items,
      ...(label === undefined ? {} : { label }),
    })
  }

  decode(raw: RawMessage): VespaModelResponse {
    const { model, function: name } = this.#options
    const content = decodeContent(raw)
    const text = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString()
    return { model, function: name, tensor: readTensor(parse(text)) }
  }

  /** Without labels; Vespa's cell types are not told apart: all come as numbers. */
  outputs({ function: name, tensor: { shape, data, type } }: VespaModelResponse): readonly OutputTensor[] {
    if (shape === null) throw new TypeError(`a ${type} has labels and is no dense tensor.`)
    return [{ name, datatype: null, shape, data }]
  }
}

/** Only what has a meaning in a form: literals are mostly brackets and commas, which would take three times the room. */
function escapeForm(text: string): string {
  return text.replace(/[^\w\-.,:;[\]{}()<>]/g, encodeURIComponent)
}

function escapePath(text: string): string {
  return encodeURIComponent(text).replace(/%2C/g, ',').replace(/%3A/g, ':')
}

function tooLong(length: number): ServebenchError {
  return new ServebenchError(
    'SERVEBENCH_VESPA_REQUEST',
    `The tensors make a path of ${length} characters, which Vespa does not take.`,
    { advice: "Use method: 'POST', or smaller tensors." },
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ServebenchError('SERVEBENCH_VESPA_ANSWER', 'The answer is not JSON.', {
      advice: "Check that the URL is that of Vespa's model evaluation.",
      exitCode: ExitCode.target,
      cause,
    })
  }
}
