import { createHttpSession, encodeHttpRequest, ServebenchError } from 'servebench/session'
import type { CreateCodec, CreateSession } from 'servebench/session'
import type { AcmeRequest, AcmeResponse } from './target.ts'

interface SessionOptions {
  readonly url: string
}

/** Before the load, requests become bytes here; beside it, answers become values. */
export const createCodec: CreateCodec<SessionOptions, AcmeRequest, AcmeResponse> = ({ url }) => ({
  encode(request) {
    if (!Array.isArray(request?.inputs)) {
      throw new ServebenchError('SERVEBENCH_ACME_REQUEST', 'A request needs `inputs`, a list of numbers.')
    }
    return encodeHttpRequest({
      method: 'POST',
      url,
      headers: [['content-type', 'application/json']],
      body: Buffer.from(JSON.stringify(request)),
    })
  },
  decode: ({ messages }) => JSON.parse(Buffer.concat(messages).toString()) as AcmeResponse,
})

/** What sends and receives while the load runs: one of servebench's transports, or a session of your own. */
export const createSession: CreateSession<SessionOptions> = (context) =>
  createHttpSession(context, { url: context.options.url, engine: 'http1-raw' })
