import {
  Client,
  credentials,
  status,
  type ClientDuplexStream,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from './truth-server.ts'

let server: TruthServer
beforeAll(async () => {
  server = await createTruthServer()
})
afterAll(() => server[Symbol.asyncDispose]())

const clients: Client[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.close()
})

const same = (bytes: Buffer) => bytes

function open(): Client {
  const client = new Client(server.authority, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
  })
  clients.push(client)
  return client
}

interface Unary {
  readonly code: number
  readonly details: string
  readonly response: Buffer | undefined
  readonly trailers: Metadata | undefined
}

function unary(client: Client, message: Buffer | string = 'hi', deadline = 5000): Promise<Unary> {
  return new Promise((resolve) => {
    let answer: { error: ServiceError | null; response: Buffer | undefined } | undefined
    client
      .makeUnaryRequest(
        '/test.Service/Call',
        same,
        same,
        Buffer.from(message),
        { deadline: Date.now() + deadline },
        (error, response) => {
          answer = { error, response }
        },
      )
      .on('status', ({ code, details, metadata }) =>
        resolve({ code, details, response: answer?.response, trailers: metadata }),
      )
  })
}

describe('gRPC', () => {
  it('echoes unary calls, large ones too', async () => {
    await server.program({ answer: { body: { kind: 'echo' } } })
    const client = open()
    expect((await unary(client, 'hello')).response?.toString()).toBe('hello')
    const large = Buffer.alloc(4_000_000, 'abcdefg')
    expect((await unary(client, large)).response?.equals(large)).toBe(true)
    expect((await unary(client, '')).response?.length).toBe(0)
    expect(server.counters()).toMatchObject({
      requests: 3,
      completeRequests: 3,
      messagesReceived: 3,
      messagesSent: 3,
      requestBytes: 4_000_005,
      grpcStatuses: { 0: 3 },
      malformed: 0,
    })
  })

  it('ends with the status that was asked for, with trailers of its own', async () => {
    await server.program({
      answer: {
        grpc: { status: status.NOT_FOUND, message: 'no such model: ä' },
        trailers: { 'x-why': 'test' },
      },
    })
    const { code, details, trailers } = await unary(open())
    expect([code, details, trailers?.get('x-why')]).toEqual([status.NOT_FOUND, 'no such model: ä', ['test']])
    expect(server.counters().grpcStatuses).toEqual({ 5: 1 })
  })

  it('can fail after its messages', async () => {
    await server.program({
      answer: { body: 'partial', grpc: { status: status.DATA_LOSS, afterMessages: true } },
    })
    const stream = open().makeServerStreamRequest('/test.Service/Stream', same, same, Buffer.from(''))
    const messages: string[] = []
    const code = await new Promise((resolve) => {
      stream.on('data', (message: Buffer) => messages.push(message.toString()))
      stream.on('error', () => {})
      stream.on('status', (ended) => resolve(ended.code))
    })
    expect([messages, code]).toEqual([['partial'], status.DATA_LOSS])
  })

  it('streams messages', async () => {
    await server.program({ answer: { stream: { kind: 'messages', count: 5, gap: '2ms', bytes: 100 } } })
    const stream = open().makeServerStreamRequest('/test.Service/Stream', same, same, Buffer.from(''))
    const numbers: number[] = []
    for await (const message of stream as AsyncIterable<Buffer>) {
      expect(message.length).toBe(100)
      numbers.push((JSON.parse(message.toString()) as { message: number }).message)
    }
    expect(numbers).toEqual([0, 1, 2, 3, 4])
    expect(server.counters()).toMatchObject({ answers: 1, messagesSent: 5 })
  })

  it('echoes a bidirectional stream message by message, in order', async () => {
    await server.program({
      service: { kind: 'list', times: ['5ms', '1ms', '1ms'] },
      answer: { stream: { kind: 'echo' } },
    })
    const stream = open().makeBidiStreamRequest('/test.Service/Chat', same, same) as ClientDuplexStream<
      Buffer,
      Buffer
    >
    const seen: string[] = []
    const done = new Promise((resolve) => stream.on('status', ({ code }) => resolve(code)))
    // Each message is sent only when the echo of the one before is there: impossible unless echoes come at once.
    const echoOf = (text: string) =>
      new Promise<void>((resolve) => {
        stream.once('data', (message: Buffer) => {
          seen.push(message.toString())
          resolve()
        })
        stream.write(Buffer.from(text))
      })
    await echoOf('one')
    await echoOf('two')
    stream.on('data', (message: Buffer) => seen.push(message.toString()))
    for (const text of ['three', 'four', 'five']) stream.write(Buffer.from(text))
    stream.end()
    expect(await done).toBe(status.OK)
    expect(seen).toEqual(['one', 'two', 'three', 'four', 'five'])
    expect(server.counters()).toMatchObject({ requests: 1, answers: 1, messagesReceived: 5, messagesSent: 5 })
  })

  it('reads units and sequences out of binary messages', async () => {
    await server.program({
      answer: { body: { kind: 'sum' } },
      unit: { offset: 0, encoding: 'u64le' },
      sequence: {
        id: { offset: 8, encoding: 'varint' },
        start: { offset: 18, encoding: 'byte' },
        end: { offset: 19, encoding: 'byte' },
        value: { offset: 20, encoding: 'decimal', length: 4 },
      },
    })
    const client = open()
    const step = async (unit: number, sequence: number, start: number, end: number, value: number) => {
      const message = Buffer.alloc(24)
      message.writeBigUInt64LE(BigInt(unit), 0)
      // A varint padded to ten bytes.
      for (let index = 0; index < 10; index++) {
        message[8 + index] = (Math.floor(sequence / 128 ** index) & 127) | (index < 9 ? 128 : 0)
      }
      message[18] = start
      message[19] = end
      message.write(String(value).padEnd(4, ' '), 20)
      return unary(client, message)
    }
    expect(JSON.parse(String((await step(2 ** 40, 300, 1, 0, 12)).response))).toMatchObject({
      sequence: 300,
      sum: 12,
    })
    expect(JSON.parse(String((await step(5, 300, 0, 1, 7)).response))).toMatchObject({ sum: 19, steps: 2 })
    expect((await step(6, 300, 0, 0, 1)).code).toBe(status.INVALID_ARGUMENT)
    expect([...server.log().unit]).toEqual([2 ** 40, 5, 6])
  })

  it('says UNAVAILABLE when the queue is full', async () => {
    await server.program({ service: '300ms', servers: 1, queue: 1 })
    const client = open()
    const codes = await Promise.all(Array.from({ length: 5 }, async () => (await unary(client)).code))
    expect(codes.toSorted((a, b) => a - b)).toEqual([0, 0, 14, 14, 14])
    expect(server.counters()).toMatchObject({
      overflowed: 3,
      statuses: { 200: 5 },
      grpcStatuses: { 0: 2, 14: 3 },
    })
  })

  it.each([
    ['reset', { kind: 'reset' }, status.UNAVAILABLE],
    ['reset inside the message', { kind: 'reset', after: 3 }, status.UNAVAILABLE],
    ['RST_STREAM with CANCEL', { kind: 'rst-stream', code: 8 }, status.CANCELLED],
    ['RST_STREAM with INTERNAL_ERROR', { kind: 'rst-stream', code: 2, after: 'headers' }, status.INTERNAL],
    ['hang', { kind: 'hang' }, status.DEADLINE_EXCEEDED],
  ] as const)('%s is an error of the call, never an answer', async (_, fault, code) => {
    await server.program({ fault })
    expect((await unary(open(), 'hi', fault.kind === 'hang' ? 300 : 5000)).code).toBe(code)
    expect(server.counters().answers).toBe(0)
  })

  it('counts calls whose deadline is over as abandoned', async () => {
    await server.program({ service: '10s' })
    expect((await unary(open(), 'hi', 500)).code).toBe(status.DEADLINE_EXCEEDED)
    await server.until(({ abandoned }) => abandoned === 1)
  })

  it('passes HTTP errors of a proxy on as they are', async () => {
    await server.program({ answer: { status: 503, body: 'no backend' } })
    expect((await unary(open())).code).toBe(status.UNAVAILABLE)
    expect(server.counters()).toMatchObject({ statuses: { 503: 1 } })
  })
})
