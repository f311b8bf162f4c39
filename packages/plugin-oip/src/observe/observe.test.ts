import { FailureKind, ServerStage } from 'servebench/session'
import { describe, expect, it } from 'vitest'
import { oracle } from '../../test/support/oracle.ts'
import { FailureExamples } from './failure-examples.ts'
import { GrpcFailureObserver } from './grpc-failure-observer.ts'
import { HttpFailureObserver } from './http-failure-observer.ts'
import { ParameterStages } from './parameter-stages.ts'

const { writeAnswer } = oracle('ModelInfer')
const { queue, compute } = ServerStage

describe('ParameterStages', () => {
  function read(message: Uint8Array, end = message.length): [number, number, number][] {
    const told: [number, number, number][] = []
    const stages = new ParameterStages({
      serverStage: (slot, stage, nanos) => told.push([slot, stage, nanos]),
    })
    const shifted = Buffer.concat([Buffer.from('garbage'), message, Buffer.from('garbage')])
    stages.read(3, shifted, 7, 7 + end)
    return told
  }
  const answer = (parameters: Record<string, unknown>): Buffer =>
    writeAnswer({
      model_name: 'm',
      model_version: '1',
      id: 'x'.repeat(200),
      parameters,
      outputs: [
        {
          name: 'y',
          datatype: 'FP32',
          shape: ['1'],
          parameters: { servebench_queue_ns: { int64_param: 5 } },
        },
      ],
      raw_output_contents: [Buffer.alloc(4, 0x22)],
    })

  it('reads the two times, whatever else there is', () => {
    const message = answer({
      servebench_receive_ns: { int64_param: 1 },
      servebench_queue_ns: { int64_param: 1_234_567 },
      text: { string_param: 'servebench_compute_ns' },
      half: { double_param: 0.5 },
      servebench_compute_ns: { uint64_param: '9007199254740991' },
      yes: { bool_param: true },
    })
    expect(read(message)).toEqual([
      [3, queue, 1_234_567],
      [3, compute, 9007199254740991],
    ])
  })

  it('says nothing when there is nothing, or nothing that is a time', () => {
    expect(read(answer({}))).toEqual([])
    expect(
      read(
        answer({ servebench_queue_ns: { string_param: '5' }, servebench_compute_ns: { double_param: 1 } }),
      ),
    ).toEqual([])
    expect(read(answer({ servebench_queue_ns: { int64_param: -1 } }))).toEqual([])
    expect(read(answer({ servebench_queue_ns: {} }))).toEqual([])
  })

  it('reads a message that is cut anywhere as far as it goes', () => {
    const message = answer({
      servebench_queue_ns: { int64_param: 300 },
      servebench_compute_ns: { int64_param: 70_000 },
    })
    const whole = read(message)
    expect(whole).toHaveLength(2)
    let most = 0
    for (let end = 0; end <= message.length; end++) {
      const told = read(message, end)
      expect(told).toEqual(whole.slice(0, told.length))
      expect(told.length).toBeGreaterThanOrEqual(most)
      most = told.length
    }
  })

  it('survives garbage', () => {
    let state = 3
    for (let round = 0; round < 3000; round++) {
      const message = Buffer.from(answer({ servebench_queue_ns: { int64_param: 300 } }))
      for (let count = 0; count < 3; count++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        message[state % message.length] = state >>> 24
      }
      for (const [, , nanos] of read(message)) expect(Number.isSafeInteger(nanos)).toBe(true)
    }
  })
})

describe('HttpFailureObserver', () => {
  const HEAD = Buffer.from('content-type: text/plain\r\n')

  it('keeps one answer at a time, and passes over those that end early', () => {
    const examples = new FailureExamples()
    const observer = new HttpFailureObserver(examples)
    const head = (slot: number, status: number): void => observer.head(slot, status, HEAD, 0, HEAD.length)
    const body = (slot: number, text: string): void =>
      observer.body(slot, Buffer.from(`<${text}>`), 1, 1 + Buffer.byteLength(text))
    head(0, 500)
    body(0, 'first ')
    head(1, 400)
    body(1, 'second')
    head(2, 200)
    body(2, 'fine')
    expect(observer.end(2)).toBe(FailureKind.none)
    body(0, 'part')
    expect(observer.end(1)).toBe(FailureKind.none)
    expect(observer.end(0)).toBe(FailureKind.none)
    // 400 came while 500 was being kept; it gets another chance. 503 ends early, and its slot is used again: another chance too.
    head(3, 400)
    body(3, 'third')
    observer.end(3)
    head(0, 503)
    body(0, 'lost')
    head(0, 200)
    observer.end(0)
    head(0, 503)
    body(0, 'fourth')
    observer.end(0)
    head(0, 429)
    observer.end(0)
    expect(examples.sentences).toEqual([
      'One answer that failed with http-500 said: first part',
      'One answer that failed with http-400 said: third',
      'One answer that failed with http-503 said: fourth',
    ])
  })

  it('bounds what it keeps, and unpacks it', () => {
    const examples = new FailureExamples()
    const observer = new HttpFailureObserver(examples)
    observer.head(0, 500, HEAD, 0, HEAD.length)
    for (let part = 0; part < 10; part++) observer.body(0, Buffer.alloc(1000, 'a'), 0, 1000)
    observer.end(0)
    const broken = Buffer.from('content-encoding: gzip\r\n')
    observer.head(0, 501, broken, 0, broken.length)
    observer.body(0, Buffer.from('no gzip'), 0, 7)
    observer.end(0)
    expect(examples.sentences).toEqual([`One answer that failed with http-500 said: ${'a'.repeat(300)}…`])
  })
})

describe('GrpcFailureObserver', () => {
  it('reads the message of trailers and of headers alone, once for each status', () => {
    const examples = new FailureExamples()
    const observer = new GrpcFailureObserver(examples)
    const look = (lines: string): void => {
      const buffer = Buffer.from(`x${lines}x`, 'latin1')
      observer.look(buffer, 1, buffer.length - 1)
    }
    look('content-type: application/grpc\r\n')
    look('grpc-status: 0\r\ngrpc-message: fine\r\n')
    look('server-timing: grpc-status: 9\r\n')
    look('content-type: application/grpc\r\ngrpc-status: 3\r\ngrpc-message: gr%C3%B6%C3%9Fe 100%25\r\n')
    look('grpc-message: before\r\ngrpc-status: 14\r\n')
    look('grpc-status: 3\r\ngrpc-message: again\r\n')
    look('grpc-status: 5\r\ngrpc-message: 100%\r\n')
    look('grpc-status: 99\r\ngrpc-message: new\r\n')
    look('grpc-status: 12345\r\ngrpc-message: far\r\n')
    look('grpc-status: 13\r\n')
    expect(examples.sentences).toEqual([
      'One answer that failed with grpc-invalid-argument said: größe 100%',
      'One answer that failed with grpc-unavailable said: before',
      'One answer that failed with grpc-not-found said: 100%',
      'One answer that failed with grpc-99 said: new',
    ])
  })

  it('looks once at header and trailers that come again and again', () => {
    const examples = new FailureExamples()
    const observer = new GrpcFailureObserver(examples)
    const blocks = ['content-type: application/grpc\r\n', 'grpc-status: 0\r\n'].map((lines) =>
      Buffer.from(lines.padEnd(60), 'latin1'),
    )
    const lookAtAll = (): void => {
      for (const block of blocks) observer.look(block, 0, block.length)
    }
    lookAtAll()
    // What the transport never does: whoever looked again would see it.
    for (const block of blocks) block.write('grpc-status: 13\r\ngrpc-message: x\r\n')
    lookAtAll()
    expect(examples.sentences).toEqual([])
  })
})
