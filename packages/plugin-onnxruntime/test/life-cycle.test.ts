import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GRPCInferenceService } from '../src/server/grpc/gen/open_inference_pb.ts'
import { GrpcClient } from './support/grpc-client.ts'
import { identityModel, syntheticModel } from './support/models.ts'
import { runServer, ServerUnderTest } from './support/server.ts'
import { binaryBody, bytesOf, splitReply } from './support/tensors.ts'

const directory = mkdtempSync(join(tmpdir(), 'onnx-life-'))
const SIDE = 64
let slowModel: string

beforeAll(async () => {
  slowModel = await syntheticModel(
    { family: 'cnn', size: SIDE, channels: 1, width: 32, stages: 1, blocks: 3, outputs: 4 },
    directory,
  )
})
afterAll(() => rmSync(directory, { recursive: true }))

/** Keeps an instance busy for `rows` times some ten milliseconds. */
async function work(
  server: ServerUnderTest,
  rows: number,
  options: { readonly signal?: AbortSignal; readonly parameters?: object } = {},
): Promise<{ status: number; text: string }> {
  const bytes = new Uint8Array(4 * rows * SIDE * SIDE)
  const request = binaryBody([{ name: 'input', datatype: 'FP32', shape: [rows, 1, SIDE, SIDE], bytes }], {
    parameters: options.parameters ?? {},
  })
  const response = await fetch(`${server.http}/v2/models/slow/infer`, {
    method: 'POST',
    ...request,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  return { status: response.status, text: await response.text() }
}

async function metric(server: ServerUnderTest, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${server.http}/metrics`)).text()
  return Number(pattern.exec(text)?.[1])
}

/** A busy machine may take its time to bring a request to the server. */
const SOON = { interval: 1, timeout: 10_000 }

const PENDING = /^nv_inference_pending_request_count\{model="slow",version="1"\} (\d+)$/m

describe('overload', () => {
  it('refuses what does not fit the queue with 503, counts it, and goes on', async () => {
    await using server = await ServerUnderTest.start(['--max-queue-size=3', `slow=${slowModel}`])
    const answers = await Promise.all(Array.from({ length: 12 }, () => work(server, 4)))
    const refused = answers.filter(({ status }) => status === 503)
    expect(answers.filter(({ status }) => status === 200).length + refused.length).toBe(12)
    // One runs, one is in line behind it, three wait.
    expect(refused.length).toBeGreaterThanOrEqual(1)
    expect(refused.length).toBeLessThanOrEqual(7)
    expect(JSON.parse(refused[0]?.text as string)).toEqual({
      error: "Model 'slow': exceeds maximum queue size of 3.",
    })
    expect(await metric(server, /request_failure\{model="slow",version="1",reason="REJECTED"\} (\d+)/)).toBe(
      refused.length,
    )
    const { success, fail } = (await server.statistics('slow')).inference_stats
    expect([success?.count, fail?.count]).toEqual([12 - refused.length, refused.length])
    expect((await work(server, 1)).status).toBe(200)
  })

  it('drops a request from the queue when its sender has gone', async () => {
    await using server = await ServerUnderTest.start([`slow=${slowModel}`])
    const busy = Promise.all([32, 32, 32].map((rows) => work(server, rows)))
    // One runs, one is in line behind it, one waits.
    await expect.poll(async () => metric(server, PENDING), SOON).toBe(1)
    const controller = new AbortController()
    const abandoned = work(server, 1, { signal: controller.signal })
    await expect.poll(async () => metric(server, PENDING), SOON).toBe(2)
    controller.abort()
    await expect(abandoned).rejects.toThrow()
    await expect.poll(async () => metric(server, PENDING), SOON).toBe(1)
    await busy
    expect((await server.statistics('slow')).inference_count).toBe(96)
    expect(await metric(server, /request_failure\{model="slow",version="1",reason="CANCELED"\} (\d+)/)).toBe(
      1,
    )
  })

  it('answers 504 when a request has waited longer than its timeout', async () => {
    await using server = await ServerUnderTest.start([`slow=${slowModel}`])
    const answers = [1, 2, 3].map(() => work(server, 1, { parameters: { timeout: 1 } }))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([504, 504, 504])
    expect((await work(server, 1, { parameters: { timeout: 10_000_000 } })).status).toBe(200)
  })
})

describe('the end', () => {
  it('finishes what is in flight, refuses what is new, and exits 0', async () => {
    const server = await ServerUnderTest.start([`slow=${slowModel}`])
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const kept = (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) =>
        request(`${server.http}/v2/health/ready`, { agent }, (response) => resolve(response.resume()))
          .on('error', reject)
          .end(),
      )
    expect((await kept()).statusCode).toBe(200)
    const inFlight = [48, 48, 48].map((rows) => work(server, rows))
    await expect.poll(async () => metric(server, PENDING), SOON).toBe(1)
    server.process.kill('SIGTERM')
    await expect.poll(async () => (await kept()).statusCode, SOON).toBe(503)
    expect(await work(server, 1)).toEqual({
      status: 503,
      text: '{"error":"The server is shutting down."}',
    })
    expect((await Promise.all(inFlight)).map(({ status }) => status)).toEqual([200, 200, 200])
    expect(await server.exited).toEqual({ code: 0, signal: null })
    agent.destroy()
  })

  it.each(['HTTP', 'gRPC'] as const)('sends a large answer to its end over %s', async (protocol) => {
    const values = Float32Array.from({ length: 5_000_000 }, (_, index) => index)
    const server = await ServerUnderTest.start([`wide=${identityModel(directory, 'FP32', ['N', 'W'])}`])
    const ask = protocol === 'HTTP' ? askOverHttp : askOverGrpc
    const bytes = await ask(server, bytesOf(values), () => server.process.kill('SIGTERM'))
    expect(Buffer.compare(bytes, bytesOf(values))).toBe(0)
    expect(await server.exited).toEqual({ code: 0, signal: null })
  })

  it('gives up on requests that take longer than the drain timeout', async () => {
    const server = await ServerUnderTest.start(['--drain-timeout=50ms', `slow=${slowModel}`])
    const inFlight = Promise.all([1, 2, 3].map(() => work(server, 64).catch(() => 'lost')))
    await expect.poll(async () => metric(server, PENDING), SOON).toBe(1)
    const started = performance.now()
    server.process.kill('SIGTERM')
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' })
    expect(performance.now() - started).toBeLessThan(1500)
    expect(await inFlight).toContain('lost')
  })

  it('ends with the process that started it when guarded', async () => {
    const server = await ServerUnderTest.start(['--guarded', `slow=${slowModel}`], 'pipe')
    server.process.stdin?.end()
    expect(await server.exited).toEqual({ code: 0, signal: null })
  })
})

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, stdout } = await runServer(['--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: servebench-onnx-server/)
    expect(stdout).toContain('Examples')
  })

  it('names every problem at once and exits 2', async () => {
    const { code, stderr } = await runServer([
      '--instances=0',
      '--max-queue-delay=soon',
      '--execution-mode=fast',
      'a/b c.onnx',
    ])
    expect(code).toBe(2)
    for (const text of [
      '--instances must be',
      "a unit, such as 0us, not 'soon'",
      'one of sequential, parallel',
      "'b c' cannot be",
    ])
      expect(stderr).toContain(text)
  })

  it('says which model it cannot load and exits 1', async () => {
    const { code, stderr } = await runServer([
      '--http-port=0',
      '--grpc-port=0',
      `good=${slowModel}`,
      '/nowhere/gone.onnx',
    ])
    expect(code).toBe(1)
    expect(stderr).toContain("Failed to load 'gone'")
  })

  it('says which port is taken and exits 2', async () => {
    await using server = await ServerUnderTest.start([`slow=${slowModel}`])
    const { port } = new URL(server.http)
    const { code, stderr } = await runServer([`--http-port=${port}`, '--grpc-port=0', `slow=${slowModel}`])
    expect(code).toBe(2)
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is in use.`)
  })
})

/** Sends a tensor to `wide` and returns the answer's; `begun` is called when the answer has begun. */
async function askOverHttp(
  server: ServerUnderTest,
  tensor: Uint8Array,
  begun: () => void,
): Promise<Uint8Array> {
  const { body, headers } = binaryBody(
    [{ name: 'x', datatype: 'FP32', shape: [1, tensor.byteLength / 4], bytes: tensor }],
    {
      parameters: { binary_data_output: true },
    },
  )
  const response = await new Promise<IncomingMessage>((resolve, reject) =>
    request(`${server.http}/v2/models/wide/infer`, { method: 'POST', headers }, resolve)
      .on('error', reject)
      .end(body),
  )
  begun()
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const headerLength = Number(response.headers['inference-header-content-length'])
  return splitReply(Buffer.concat(chunks), headerLength).tensors[0] as Buffer
}

async function askOverGrpc(
  server: ServerUnderTest,
  tensor: Uint8Array,
  begun: () => void,
): Promise<Uint8Array> {
  const client = new GrpcClient(server.grpc)
  const call = client.call(GRPCInferenceService.method.modelInfer, {
    modelName: 'wide',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, BigInt(tensor.byteLength / 4)] }],
    rawInputContents: [tensor],
  })
  await expect.poll(async () => (await server.statistics('wide')).inference_count, SOON).toBe(1)
  begun()
  const { reply } = await call
  client.close()
  return reply.rawOutputContents[0] as Uint8Array
}
