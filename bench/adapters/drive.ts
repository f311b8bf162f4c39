/** One closed loop of `run.ts`, in a process of its own: reads its task from standard input, prints what it took. */
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGrpcSession, createHttpSession } from 'servebench/session'
import type {
  GrpcEngine,
  HttpEngine,
  JsonValue,
  PatchPoint,
  SessionContext,
  SessionModule,
  TargetSession,
} from 'servebench/session'
import { prepare } from 'servebench/testing'
import { ownSeconds } from '../peers/machine.ts'
import { ClosedLoop } from '../transport/closed-loop.ts'

export interface DriveTask {
  readonly transport: 'http' | 'grpc'
  readonly url: string
  readonly engine: string
  /** Of a gRPC call. */
  readonly path: string
  readonly metadata: Readonly<Record<string, string>>
  readonly streams: boolean
  /** Of the request, as base64. */
  readonly bytes: string
  readonly patches: readonly PatchPoint[]
  readonly meta: JsonValue
  /** The adapter's session module and its options; `null`: the bare transport. */
  readonly module: string | null
  readonly session: JsonValue
  readonly seconds: number
}

export interface DriveResult {
  readonly micros: number
  readonly failed: number
}

const USERS = 16
const WARMUP_MS = 1000

const task = JSON.parse(await text(process.stdin)) as DriveTask
const { bytes, patches, meta } = task
const prepared = prepare([{ bytes: Buffer.from(bytes, 'base64'), patches, meta }])
const loop = new ClosedLoop(USERS, prepared[0] as (typeof prepared)[number])
const isGrpc = task.transport === 'grpc'
const session = await open({
  options: task.session,
  exchange: loop,
  connections: {
    count: isGrpc ? 1 : USERS,
    fixed: true,
    streams: isGrpc ? USERS : 1,
    reuse: 'keep-alive',
    open: 'before',
  },
  slots: USERS,
  exchangeKind: 'unary',
  maxResponseBytes: 1_000_000,
  prepared,
  worker: 0,
})
await session.connect()
loop.start(session)
await sleep(WARMUP_MS)
const before = { completed: loop.completed, cpu: ownSeconds() }
await sleep(task.seconds * 1000)
const micros = ((ownSeconds() - before.cpu) * 1e6) / (loop.completed - before.completed)
// What is open now fails when the session ends.
const { failed } = loop
loop.stopped = true
await session[Symbol.asyncDispose]()
const result: DriveResult = { micros, failed }
console.log(JSON.stringify(result))

async function open(context: SessionContext): Promise<TargetSession> {
  const { module, transport, url, engine, path, metadata, streams } = task
  if (module !== null) return await ((await import(module)) as SessionModule).createSession(context)
  if (transport === 'http') return await createHttpSession(context, { url, engine: engine as HttpEngine })
  return await createGrpcSession(context, {
    url,
    path,
    metadata,
    engine: engine as GrpcEngine,
    ...(streams ? { responses: 'stream' } : {}),
  })
}
