import { parentPort, workerData, type MessagePort } from 'node:worker_threads'
import type { SessionModule, TargetSession } from '../engine/session.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { FunctionReference } from '../plan/trial-plan.ts'
import type { Random } from '../stats/prng.ts'
import { parseDuration, type Duration } from '../units/duration.ts'
import type { Nanos } from '../units/nanos.ts'
import { preload } from './preload.ts'
import { preparedPayloads } from './prepared-payloads.ts'
import { rehearse } from './rehearsal.ts'
import type { FromWorker, ToWorker, WorkerTrial } from './protocol.ts'
import { serializeError } from './serialized-error.ts'
import { sharpenTimers } from './timer-slack.ts'
import { TrialRun } from './trial-run.ts'

/**
 * The entry of a load worker thread: it owns sockets, schedule and recorder of one share of the load, and does nothing
 * else: it neither encodes nor decodes, and it writes no file.
 */
const port = parentPort as MessagePort
const { root, modules } = workerData as { readonly root: string; readonly modules: readonly string[] }
let run: TrialRun | null = null
let sessions: TargetSession[] = []

sharpenTimers()
preload(modules)
port.on('message', (message: ToWorker) => {
  handle(message).catch((error: unknown) => post({ type: 'failed', error: serializeError(error) }))
})

async function handle(message: ToWorker): Promise<void> {
  switch (message.type) {
    case 'prepare':
      await prepare(message.trial, message.blocks)
      break
    case 'start':
      run?.start(message.origin)
      break
    case 'segment':
      run?.append(message.stream, message.segment)
      break
    case 'finish':
      await finish()
      break
  }
}

async function prepare(trial: WorkerTrial, blocks: MessagePort): Promise<void> {
  await dispose()
  run = new TrialRun(trial, blocks, post)
  const exchange = run.engine
  const thinkTimes = await Promise.all(
    trial.streams.map((stream) => Promise.all(stream.thinkTimes.map(loadThinkTime))),
  )
  const prepared = trial.streams.map((stream) => preparedPayloads(stream.payloads))
  if (trial.rehearse) {
    for (const [index, stream] of trial.streams.entries()) await rehearse(stream, prepared[index] ?? [])
  }
  for (const [index, stream] of trial.streams.entries()) {
    const module = (await import(stream.session.module)) as SessionModule
    const session = await module.createSession({
      options: stream.session.options,
      exchange,
      connections: stream.connections,
      slots: trial.maxInFlight,
      exchangeKind: stream.unit.kind === 'stream' ? 'stream' : 'unary',
      maxResponseBytes: trial.maxResponseBytes,
      prepared: prepared[index] as ReturnType<typeof preparedPayloads>,
      worker: trial.worker,
      workers: trial.workers,
    })
    sessions.push(session)
    if (stream.connections.open === 'before' && stream.connections.count > 0) await session.connect()
  }
  run.add({ sessions, prepared, thinkTimes })
  post({ type: 'prepared', engines: sessions.map((session) => session.statistics().engine) })
}

async function loadThinkTime(
  reference: FunctionReference | null,
): Promise<((random: Random) => Nanos) | null> {
  if (reference === null) return null
  const { loadFunction } = await import('../collector/load-function.ts')
  const think = (await loadFunction(reference, root)) as unknown as (random: Random) => Duration | Nanos
  return (random) => {
    try {
      const pause = think(random)
      return typeof pause === 'string' ? parseDuration(pause) : pause
    } catch (cause) {
      const error = new ServebenchError(
        'SERVEBENCH_BENCH_FUNCTION',
        `The think time threw: ${messageOf(cause)}`,
        { cause },
      )
      post({ type: 'failed', error: serializeError(error) })
      // The trial is lost; until main has ended this thread, nobody asks again.
      return Infinity
    }
  }
}

async function finish(): Promise<void> {
  if (run === null) return
  const report = run.finish()
  run = null
  await dispose()
  post({ type: 'finished', report })
}

async function dispose(): Promise<void> {
  const closing = sessions
  sessions = []
  await Promise.allSettled(closing.map((session) => session[Symbol.asyncDispose]()))
}

function post(message: FromWorker): void {
  port.postMessage(message)
}
