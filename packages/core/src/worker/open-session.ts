import type { Clock } from '../clock/clock.ts'
import { loadFunction } from '../collector/load-function-later.ts'
import { BalancedSession } from '../engine/balance/balanced-session.ts'
import { PipelineSession, type LoadedStep, type StepFunction } from '../engine/pipeline/pipeline-session.ts'
import type { Exchange, Prepared, SessionContext, SessionModule, TargetSession } from '../engine/session.ts'
import type { FunctionReference } from '../plan/trial-plan.ts'
import type { WorkerStep, WorkerStream, WorkerTrial } from './protocol.ts'

/** Opens the session of a stream, with its connections where they are wanted before the load. */
export async function openSession(
  stream: WorkerStream,
  trial: WorkerTrial,
  prepared: readonly Prepared[],
  exchange: Exchange,
  clock: Clock,
  root: string,
): Promise<TargetSession> {
  const context = {
    slots: trial.maxInFlight,
    exchangeKind: stream.unit.kind === 'stream' ? 'stream' : 'unary',
    maxResponseBytes: trial.maxResponseBytes,
    worker: trial.worker,
    workers: trial.workers,
  } as const
  if (stream.balance !== undefined) {
    const { policy, replicas } = stream.balance
    const balanced = new BalancedSession({
      exchange,
      clock,
      replicas: replicas.length,
      policy,
      first: trial.worker,
    })
    try {
      for (const { session, connections } of replicas) {
        balanced.attach(
          await createOne(session.module, {
            ...context,
            options: session.options,
            exchange: balanced.exchange,
            connections,
            prepared,
          }),
        )
      }
      if (replicas.some(({ connections: { open, count } }) => open === 'before' && count > 0))
        await balanced.connect()
    } catch (error) {
      await balanced[Symbol.asyncDispose]()
      throw error instanceof AggregateError ? error.errors[0] : error
    }
    return balanced
  }
  if (stream.steps === undefined) {
    const { connections, session } = stream
    return await openOne(session.module, {
      ...context,
      options: session.options,
      exchange,
      connections,
      prepared,
    })
  }
  const steps = await Promise.all(stream.steps.map((step) => loadStep(step, root)))
  const pipeline = new PipelineSession({ exchange, clock, steps, prepared, slots: trial.maxInFlight })
  try {
    for (const [index, { target }] of stream.steps.entries()) {
      if (target === null) continue
      const session = await openOne(target.session.module, {
        ...context,
        options: target.session.options,
        exchange: pipeline.exchangeOf(index),
        connections: target.connections,
        prepared: [],
      })
      pipeline.attach(index, session)
    }
  } catch (error) {
    await pipeline[Symbol.asyncDispose]()
    throw error
  }
  return pipeline
}

async function openOne(path: string, context: SessionContext): Promise<TargetSession> {
  const session = await createOne(path, context)
  const { open, count } = context.connections
  if (open === 'before' && count > 0) {
    try {
      await session.connect()
    } catch (error) {
      await session[Symbol.asyncDispose]()
      throw error
    }
  }
  return session
}

async function createOne(path: string, context: SessionContext): Promise<TargetSession> {
  const module = (await import(path)) as SessionModule
  return await module.createSession(context)
}

async function loadStep(step: WorkerStep, root: string): Promise<LoadedStep> {
  const load = async (reference: FunctionReference | null): Promise<StepFunction | null> =>
    reference === null ? null : ((await loadFunction(reference, root)) as unknown as StepFunction)
  const module = step.target === null ? null : ((await import(step.target.session.module)) as SessionModule)
  return {
    name: step.name,
    codec: module === null ? null : await module.createCodec(step.target?.session.options ?? null),
    run: await load(step.run),
    input: await load(step.input),
    check: await load(step.check),
  }
}
