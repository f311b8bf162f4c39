import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import type { handleUnaryCall, MethodDefinition } from '@grpc/grpc-js'
import { textOf } from '@servebench/plugin-oip/control'
import { readMessage, WireWriter } from '@servebench/plugin-oip/protocol'
import type { MessageTable } from '@servebench/plugin-oip/protocol'
import type { JsonObject } from 'servebench/plugin'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { tfservingControl } from '../src/control.ts'
import { readOperators } from '../src/profile/read-xspace.ts'

/** Seven calls of a model in TensorFlow 2.21, as its profiler has written them. */
const XSPACE = readFileSync(join(import.meta.dirname, 'fixtures/mlp.xplane.pb'))
/** Added up by TensorFlow's own protobuf messages: picoseconds. */
const GOLDEN = [
  ['StatefulPartitionedCall/matmul', '_MklMatMul', 7, 47_625_923_000, 47_584_141_000],
  ['StatefulPartitionedCall/matmul_1', '_MklMatMul', 7, 32_487_000, 22_884_000],
  ['StatefulPartitionedCall/Relu', 'Relu', 7, 13_408_000, 10_365_000],
  ['StatefulPartitionedCall/matmul_1/ReadVariableOp', 'ReadVariableOp', 7, 11_376_000, 4_546_000],
  ['StatefulPartitionedCall/matmul/ReadVariableOp', 'ReadVariableOp', 7, 2_453_000, 891_000],
] as const

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tfserving-profile-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('the operators of a trace', () => {
  it('are those that TensorFlow has executed', () => {
    const found = readOperators(XSPACE).toSorted((a, b) => b.total - a.total)
    expect(found.map(({ place }) => place)).toEqual(GOLDEN.map(() => 'CPU'))
    expect(
      found.map(({ name, type, count, total, longest }) => [name, type, count, 1000 * total, 1000 * longest]),
    ).toEqual(
      GOLDEN.map(([name, type, count, total, longest]) => [
        name,
        type,
        count,
        expect.closeTo(total, 0) as number,
        longest,
      ]),
    )
  })

  const space = (plane: string, names: readonly string[], events: readonly (readonly number[])[]) =>
    new WireWriter()
      .message(1, (one) => {
        one.string(2, plane)
        one.message(3, (line) => {
          for (const [id = 0, offset = 0, duration = 0] of events)
            line.message(4, (event) => void event.integer(1, id).integer(2, offset).integer(3, duration))
        })
        for (const [index, name] of names.entries())
          one.message(
            4,
            (entry) => void entry.integer(1, index + 1).message(2, (data) => void data.string(2, name)),
          )
      })
      .finish()

  it('have the time that was their own, and not that of those inside of them', () => {
    const names = ['loop:While', 'loop/body/mul:Mul', 'EagerExecute', 'after:Add']
    const events = [
      [4, 20_000, 1000],
      [1, 1000, 10_000],
      [2, 2000, 3000],
      [3, 2500, 1000],
      [2, 6000, 4000],
    ]
    expect(readOperators(space('/device:GPU:0', names, events))).toEqual([
      { name: 'loop', type: 'While', place: 'GPU:0', count: 1, total: 3, longest: 3 },
      { name: 'loop/body/mul', type: 'Mul', place: 'GPU:0', count: 2, total: 7, longest: 4 },
      { name: 'after', type: 'Add', place: 'GPU:0', count: 1, total: 1, longest: 1 },
    ])
  })

  it('are refused when the trace is cut off', () => {
    expect(() => readOperators(XSPACE.subarray(0, 3000))).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_PROTOBUF' }),
    )
    expect(readOperators(new Uint8Array())).toEqual([])
  })
})

const PROFILE_REQUEST: MessageTable = {
  1: ['duration_ms', 'int'],
  4: ['opts', { 2: ['host_tracer_level', 'int'], 5: ['version', 'int'], 9: ['duration_ms', 'int'] }],
  5: ['repository_root', 'string'],
  6: ['session_id', 'string'],
  7: ['host_name', 'string'],
}

/** TensorFlow's service: a call that profiles answers when its session is terminated. */
class FakeProfiler implements AsyncDisposable {
  readonly url: string
  requests: JsonObject[] = []
  readonly #server: Server

  private constructor(server: Server, port: number) {
    this.#server = server
    this.url = `http://127.0.0.1:${port}`
  }

  /** @param answer what is done at the end, and answered */
  static async start(answer: (path: string) => Uint8Array, hasProfiler = true): Promise<FakeProfiler> {
    const server = new Server()
    const waiting = new Map<string, () => void>()
    const requests: JsonObject[] = []
    const profile: handleUnaryCall<Uint8Array, Uint8Array> = ({ request }, callback) => {
      const fields = readMessage(PROFILE_REQUEST, request)
      requests.push(fields)
      const [root, session, host] = ['repository_root', 'session_id', 'host_name'].map((name) =>
        textOf(fields[name]),
      )
      waiting.set(session ?? '', () => {
        mkdirSync(`${root}/${session}`, { recursive: true })
        callback(null, answer(`${root}/${session}/${host}.xplane.pb`))
      })
    }
    const terminate: handleUnaryCall<Uint8Array, Uint8Array> = ({ request }, callback) => {
      const { session_id: session } = readMessage({ 1: ['session_id', 'string'] }, request)
      waiting.get(textOf(session))?.()
      callback(null, new Uint8Array())
    }
    const raw = (name: string): MethodDefinition<Uint8Array, Uint8Array> => ({
      path: `/tensorflow.ProfilerService/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: Buffer.from,
      requestDeserialize: (bytes) => bytes,
      responseSerialize: (bytes) => Buffer.from(bytes),
      responseDeserialize: (bytes) => bytes,
    })
    if (hasProfiler)
      server.addService(
        { Profile: raw('Profile'), Terminate: raw('Terminate') },
        { Profile: profile, Terminate: terminate },
      )
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    return Object.assign(new FakeProfiler(server, port), { requests })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
  }
}

describe('the profile of a trial', () => {
  const start = ({ url }: FakeProfiler, local = true) =>
    tfservingControl({ httpUrl: null, grpcUrl: url, metricsUrl: null, local }).profile?.({
      directory: folder,
      targets: [],
      duration: 1e9,
    })

  it('is what the server writes when it is told to stop', async () => {
    await using fake = await FakeProfiler.start((path) => {
      writeFileSync(path, XSPACE)
      return new Uint8Array()
    })
    const profiler = await start(fake)
    const profile = await profiler?.stop()
    const [file = ''] = profile?.files ?? []
    expect(file).toMatch(/^plugins\/profile\/servebench-[\w-]+\/server\.xplane\.pb$/)
    expect(readFileSync(join(folder, file))).toEqual(XSPACE)
    expect(profile?.tables.map(({ name }) => name)).toEqual(['operators', 'operator-types'])
    expect(profile?.tables[0]?.rows.map((row) => row.slice(0, 4))).toEqual(
      GOLDEN.map(([name, type, count]) => [name, type, 'CPU', count]),
    )
    expect(fake.requests).toEqual([
      expect.objectContaining({
        duration_ms: 600_000,
        opts: { host_tracer_level: 2, version: 1, duration_ms: 600_000 },
        repository_root: join(folder, 'plugins/profile'),
      }),
    ])
  })

  it('is in the answer of older servers', async () => {
    await using fake = await FakeProfiler.start(() =>
      new WireWriter().message(6, (tool) => void tool.string(1, 'xplane.pb').bytes(2, XSPACE)).finish(),
    )
    const profile = await (await start(fake, false))?.stop()
    expect(readFileSync(join(folder, profile?.files[0] ?? ''))).toEqual(XSPACE)
  })

  it.each([
    ['is elsewhere for a server of another machine', new Uint8Array(), 'on its own machine'],
    ['may be empty', new WireWriter().bool(7, true).finish(), 'nothing to profile'],
  ])('%s', async (_name, answer, note) => {
    await using fake = await FakeProfiler.start(() => answer)
    const profile = await (await start(fake, false))?.stop()
    expect(profile).toMatchObject({ files: [], tables: [], notes: [expect.stringContaining(note)] })
  })

  it('is unavailable where the server has no such service, which is said before the load', async () => {
    await using fake = await FakeProfiler.start(() => new Uint8Array(), false)
    await expect(start(fake)).rejects.toThrow('no profiler service')
  })
})
