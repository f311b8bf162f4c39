import { connect } from 'node:http2'
import { afterEach, expect, it } from 'vitest'
import { grpcUnary } from '../transport/grpc/grpc-unary.ts'
import { createNullGrpcServer, createNullHttpServer, type NullServer } from './null-server.ts'

const servers: NullServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

it('answers HTTP as Node understands it', async () => {
  // What `fetch` sends has no known size: each byte gets an answer, of which the first counts.
  const server = await createNullHttpServer(1)
  servers.push(server)
  const answer = await fetch(server.url)
  expect([answer.status, await answer.json()]).toEqual([200, {}])
})

it('answers gRPC calls, one after the other and at once', async () => {
  const server = await createNullGrpcServer()
  servers.push(server)
  const url = server.url.slice(0, -1)
  expect(await grpcUnary(url, '/a.B/C', Buffer.alloc(100_000))).toHaveLength(0)
  const answers = await Promise.all([1, 2, 3].map((size) => grpcUnary(url, '/a.B/C', Buffer.alloc(size))))
  expect(answers.map((answer) => answer.length)).toEqual([0, 0, 0])
})

it('speaks HTTP/2 as Node understands it', async () => {
  const server = await createNullGrpcServer()
  servers.push(server)
  const client = connect(server.url)
  const call = client.request({ ':method': 'POST', ':path': '/a.B/C', 'content-type': 'application/grpc' })
  call.end(Buffer.alloc(5))
  const status = await new Promise((resolve, reject) => {
    call.on('trailers', (trailers) => resolve(trailers['grpc-status']))
    call.on('error', reject)
    call.resume()
  })
  client.close()
  expect(status).toBe('0')
})
