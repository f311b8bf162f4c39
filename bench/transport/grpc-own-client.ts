/** One connection, a closed loop, on one of servebench's gRPC engines: ADDRESS STREAMS BYTES SECONDS [ENGINE]. */
import type { Exchange, Patch, Prepared } from '../../packages/core/src/engine/session.ts'
import { prepare } from '../../packages/core/src/testing/prepare.ts'
import { createGrpcSession } from '../../packages/core/src/transport/grpc/create-grpc-session.ts'
import type { GrpcEngine } from '../../packages/core/src/transport/grpc/create-grpc-session.ts'
import { encodeGrpcMessage } from '../../packages/core/src/transport/grpc/grpc-message.ts'
import { METHOD, Stopwatch, message, readJob } from './grpc-sample.ts'

const { address, streams, bytes, seconds } = readJob()
const engine = process.argv[6] as GrpcEngine
const patch: Patch = { unit: 0, saltLow: 0, saltHigh: 0, sequence: 0, start: true, end: true }
const prepared = prepare([encodeGrpcMessage(message(bytes))]) as [Prepared]
const watch = new Stopwatch()
const started = new Float64Array(streams)

function open(slot: number): void {
  started[slot] = performance.now()
  session.open(slot, prepared[0], patch)
}

const exchange: Exchange = {
  capture: new Uint8Array(streams),
  connected() {},
  sent() {},
  firstByte() {},
  message() {},
  serverStage() {},
  done(slot) {
    watch.completed(started.at(slot) ?? 0)
    if (!watch.stopped) open(slot)
  },
  fail(slot, kind, code) {
    throw new Error(`slot ${slot} failed: ${kind} ${code}`)
  },
  blocked() {},
  ready() {},
  head() {},
  body() {},
}

const session = await createGrpcSession(
  {
    options: null,
    exchange,
    connections: { count: 1, fixed: true, streams, reuse: 'keep-alive', open: 'before' },
    slots: streams,
    exchangeKind: 'unary',
    maxResponseBytes: 64 * 1024 * 1024,
    prepared,
    worker: 0,
  },
  { url: `http://${address}`, path: METHOD, engine },
)
await session.connect()
for (let slot = 0; slot < streams; slot++) open(slot)
console.log(JSON.stringify(await watch.measure(seconds)))
process.exit(0)
