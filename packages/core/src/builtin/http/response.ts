import type { HttpResponseHeaders } from '../../session.ts'

/** An answer, as `check` sees it. */
export class HttpResponse {
  readonly status: number
  /** By name in lower case. */
  readonly headers: HttpResponseHeaders
  /** Without its `Content-Encoding`. */
  readonly body: Uint8Array

  constructor(status: number, headers: HttpResponseHeaders, body: Uint8Array) {
    this.status = status
    this.headers = headers
    this.body = body
  }

  /** The body as UTF-8. */
  text(): string {
    return Buffer.from(this.body.buffer, this.body.byteOffset, this.body.byteLength).toString('utf8')
  }

  /** @throws {SyntaxError} when the body is not JSON */
  json(): unknown {
    return JSON.parse(this.text())
  }
}
