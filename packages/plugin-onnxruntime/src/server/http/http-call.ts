import type { ServerResponse } from 'node:http'
import { InferenceCall, type CallTiming, type OutputTensor } from '../model/inference-call.ts'
import type { Model } from '../model/model.ts'
import { httpStatusOf, invalid, type Status } from '../status.ts'
import { formatServerTiming, TIMING_PARAMETERS } from '../timing.ts'
import type { InferBody } from './infer-body.ts'
import { formatJsonData } from './json-output.ts'
import { sendError } from './send.ts'

/** One inference request over HTTP. */
export class HttpCall extends InferenceCall {
  readonly #response: ServerResponse
  readonly #model: Model
  readonly #id: string | undefined
  /** For each output in the order of the answer. */
  readonly #binary: readonly boolean[]

  /** @throws {RequestError} when an output that has no JSON form is wanted as JSON */
  constructor(response: ServerResponse, model: Model, body: InferBody, receivedAt: number) {
    super(receivedAt)
    this.#response = response
    this.#model = model
    this.#id = body.id
    const wishes =
      body.outputs.length === 0
        ? model.allOutputs.map(() => undefined)
        : body.outputs.map(({ binary }) => binary)
    this.#binary = wishes.map((binary) => binary ?? body.binaryOutput)
    if (body.timeout > 0) this.expiresAt = receivedAt + body.timeout * 1000
  }

  /** Whether nobody waits for the answer any more. */
  get gone(): boolean {
    return this.#response.destroyed
  }

  complete(outputs: readonly OutputTensor[], timing: CallTiming): void {
    let bytes = 0
    let head = `{"model_name":${JSON.stringify(this.#model.name)},"model_version":"${this.#model.version}"`
    if (this.#id !== undefined) head += `,"id":${JSON.stringify(this.#id)}`
    head += `,"parameters":{${formatTiming(timing)}},"outputs":[`
    for (let index = 0; index < outputs.length; index++) {
      const output = outputs[index] as OutputTensor
      if (index > 0) head += ','
      head += `{"name":${JSON.stringify(output.info.name)},"datatype":"${output.info.type.name}","shape":[${output.shape.join(',')}],`
      if (this.#binary[index]) {
        head += `"parameters":{"binary_data_size":${output.bytes.byteLength}}}`
        bytes += output.bytes.byteLength
      } else {
        head += `"data":${formatJsonData(output)}}`
      }
    }
    head += ']}'
    const headLength = Buffer.byteLength(head)
    const body = Buffer.allocUnsafe(headLength + bytes)
    body.write(head)
    let at = headLength
    for (let index = 0; index < outputs.length; index++) {
      if (!this.#binary[index]) continue
      const output = outputs[index] as OutputTensor
      body.set(output.bytes, at)
      at += output.bytes.byteLength
    }
    this.#send(body, bytes > 0 || this.#binary.includes(true) ? headLength : -1, timing)
  }

  fail(status: Status, message: string): void {
    sendError(this.#response, httpStatusOf(status), message)
  }

  #send(body: Buffer, headLength: number, timing: CallTiming): void {
    const response = this.#response
    if (response.destroyed) return
    const headers = ['Content-Length', String(body.byteLength), 'Server-Timing', formatServerTiming(timing)]
    if (headLength < 0) headers.push('Content-Type', 'application/json')
    else
      headers.push(
        'Content-Type',
        'application/octet-stream',
        'Inference-Header-Content-Length',
        String(headLength),
      )
    response.writeHead(200, headers).end(body)
  }
}

/** @throws {RequestError} when the call wants an output as JSON that JSON cannot carry */
export function checkJsonOutputs(model: Model, wanted: readonly number[], body: InferBody): void {
  for (let index = 0; index < wanted.length; index++) {
    const info = model.outputs[wanted[index] as number]
    if (info === undefined || info.type.json || (body.outputs[index]?.binary ?? body.binaryOutput)) continue
    throw invalid(
      `Output '${info.name}' is ${info.type.name}, which has no JSON form: ask for it as binary data.`,
    )
  }
}

function formatTiming(timing: CallTiming): string {
  let text = ''
  for (const [name, pick] of TIMING_PARAMETERS)
    text += `${text === '' ? '' : ','}"${name}":${Math.round(pick(timing))}`
  return text
}
