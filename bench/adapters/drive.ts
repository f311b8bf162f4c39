/**
 * One side of a pair of `run.ts`, in a process of its own. The first line of standard input is its task; each further line
 * makes it keep a closed loop going for a moment, and say what that took.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
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
  /** How long a turn takes. */
  readonly turnMs: number
}

/** What a turn took. */
export interface DriveTurn {
  /** µs of CPU time per request. */
  readonly micros: number
  readonly failed: number
}

const USERS = 16

const lines = createInterface({ input: process.stdin })
const [first] = (await once(lines, 'line')) as [string]
const task = JSON.parse(first) as DriveTask
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
lines.on('line', () => void turn().then((taken) => console.log(JSON.stringify(taken))))
lines.on('close', () => void session[Symbol.asyncDispose]())
console.log('ready')

async function turn(): Promise<DriveTurn> {
  const before = { completed: loop.completed, failed: loop.failed, cpu: ownSeconds() }
  loop.start(session)
  await sleep(task.turnMs)
  await loop.stop()
  return {
    micros: ((ownSeconds() - before.cpu) * 1e6) / (loop.completed - before.completed),
    failed: loop.failed - before.failed,
  }
}

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
