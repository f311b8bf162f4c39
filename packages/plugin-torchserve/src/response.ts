import { readInferAnswer } from '@servebench/plugin-oip/protocol'
import type { OipResponse } from '@servebench/plugin-oip/protocol'
import type { HttpResponseHeaders } from 'servebench/session'

interface ResponseParts {
  readonly status: number
  readonly headers: HttpResponseHeaders
  readonly body: Uint8Array
  readonly parts?: readonly Uint8Array[]
}

/** An answer, as `check` sees it. */
export class TorchServeResponse {
  /** 200 over gRPC. */
  readonly status: number
  /** By name in lower case; empty over gRPC. */
  readonly headers: HttpResponseHeaders
  /** All of the answer: the parts of a stream one after the other. */
  readonly body: Uint8Array
  /** The predictions of a gRPC stream, in their order; one otherwise. */
  readonly parts: readonly Uint8Array[]

  constructor({ status, headers, body, parts = [body] }: ResponseParts) {
    this.status = status
    this.headers = headers
    this.body = body
    this.parts = parts
  }

  /** The body as UTF-8. */
  text(): string {
    return Buffer.from(this.body.buffer, this.body.byteOffset, this.body.byteLength).toString('utf8')
  }

  /** @throws {SyntaxError} when the body is not JSON */
  json(): unknown {
    return JSON.parse(this.text())
  }

  /** The tensors of a KServe v2 answer. @throws {ServebenchError} when it is none */
  tensors(): OipResponse {
    return readInferAnswer(this.body, null)
  }
}
