import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { monotonicClock } from '../clock/monotonic-clock.ts'
import { TrialControl } from '../engine/control.ts'
import { createStreamLoad } from '../engine/create-stream-load.ts'
import { LiveView } from '../engine/live-view.ts'
import { LoadEngine } from '../engine/load-engine.ts'
import { Recorder } from '../engine/recorder.ts'
import { Scheduler } from '../engine/scheduler.ts'
import type { Prepared, SessionModule } from '../engine/session.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { SECOND } from '../units/nanos.ts'
import type { JsonObject } from '../units/json.ts'
import { createNullGrpcServer, createNullHttpServer } from './null-server.ts'
import type { WorkerStream } from './protocol.ts'

/** What is rehearsed: arrivals as an open loop has them, then answers as fast as they come. */
const PARTS: readonly { readonly load: LoadPlan; readonly milliseconds: number }[] = [
  {
    load: {
      loop: 'open',
      process: { kind: 'poisson' },
      rate: [{ from: 0, until: null, rate: 12_000, rateEnd: 12_000 }],
    },
    milliseconds: 700,
  },
  {
    load: { loop: 'closed', concurrency: 16, requests: null, thinkTime: { kind: 'none' } },
    milliseconds: 300,
  },
]
const CONNECTIONS = 16
/** Larger payloads would only be copied. */
const LARGEST = 64 * 1024

/** Sessions that this thread has rehearsed, by engine and module. */
const rehearsed = new Set<string>()

/**
 * Runs the whole load path (schedule, session, parser, recorder) against a server on this thread that answers at once,
 * so that the code is compiled before the first trial that counts: it takes some 20 000 requests until it is. This is
 * the generator's own warm-up; the target notices nothing of it.
 *
 * By convention the options of a session over the network have a `url` and may have `tls`; others are not rehearsed.
 * @returns how many requests were answered; 0 when there was nothing to rehearse
 */
export async function rehearse(
  stream: Pick<WorkerStream, 'session' | 'engine' | 'unit'>,
  prepared: readonly Prepared[],
): Promise<number> {
  const options = stream.session.options as JsonObject
  const protocol = /^(http1|grpc)-/.exec(stream.engine)?.[1]
  const key = `${stream.engine} ${stream.session.module}`
  const payload = prepared[0] as Prepared
  if (protocol === undefined || typeof options?.['url'] !== 'string' || rehearsed.has(key)) return 0
  if (stream.unit.kind === 'stream' || payload.bytes.length > LARGEST) return 0
  rehearsed.add(key)
  const server =
    protocol === 'grpc' ? await createNullGrpcServer() : await createNullHttpServer(payload.bytes.length)
  try {
    const module = (await import(stream.session.module)) as SessionModule
    const { tls: _, ...plain } = options
    let answered = 0
    for (const part of PARTS) answered += await runPart(part, module, { ...plain, url: server.url }, payload)
    return answered
  } catch {
    // A session that cannot be rehearsed is measured as it is: the verdict tells how late it was.
    return 0
  } finally {
    server.close()
  }
}

async function runPart(
  { load, milliseconds }: (typeof PARTS)[number],
  module: SessionModule,
  options: JsonObject,
  payload: Prepared,
): Promise<number> {
  const clock = monotonicClock(process.hrtime.bigint())
  const control = new TrialControl()
  control.reset()
  control.measureFrom = 0
  const live = new LiveView()
  const recorder: Recorder = new Recorder((block) => recorder.recycle(block), 8192)
  const engine = new LoadEngine({
    clock,
    control,
    live,
    recorder,
    maxInFlight: 1024,
    overflow: 'drop',
    capture: null,
    wake: () => scheduler.wake(),
  })
  const scheduler = new Scheduler(engine, clock, new LogLinearHistogram(), process.platform === 'linux')
  const prepared = [{ ...payload, index: 0 }]
  const session = await module.createSession({
    options,
    exchange: engine,
    connections: {
      count: CONNECTIONS,
      fixed: true,
      streams: CONNECTIONS,
      reuse: 'keep-alive',
      open: 'before',
    },
    slots: 1024,
    exchangeKind: 'unary',
    maxResponseBytes: 1 << 20,
    prepared,
    worker: 0,
  })
  try {
    await session.connect()
    engine.add(
      createStreamLoad({
        index: 0,
        load,
        unit: { kind: 'request' },
        session,
        prepared,
        timeout: 5 * SECOND,
        retry: { attempts: 0, on: [] },
        captures: false,
        gaps: new LogLinearHistogram(),
        expectedBytes: -1,
        worker: 0,
        workers: 1,
        seed: { seed: 'rehearsal', path: [], repeat: 0, stream: 'main' },
      }),
    )
    scheduler.start()
    await sleep(milliseconds)
    scheduler.stop()
    engine.settleRest()
    return live.get('completed')
  } finally {
    await session[Symbol.asyncDispose]()
  }
}
