import { z } from 'zod'
import type { BurstReport, ControlReport, ReplayReport, WindowResult } from './result.ts'
import { count, interval, known, nanos } from './schema-values.ts'

export const replaySchema: z.ZodType<ReplayReport> = z
  .looseObject({
    stream: z.string(),
    lines: z.string(),
    deal: z.string(),
    times: count.nullable(),
    files: z.array(
      z.looseObject({
        file: z.string(),
        bytes: count,
        sha256: z.string(),
        queries: count,
        skipped: count,
        firstSkipped: z.looseObject({ line: count, problem: z.string() }).nullable(),
      }),
    ),
    answers: z.looseObject({
      total: count,
      statuses: z.record(z.string(), count),
      withHits: count,
      zeroHits: count,
    }),
    cyclesNotHeld: count.nullable(),
  })
  .meta({ id: 'ReplayReport' })

const windowShape = { due: count, completed: count, failed: count, p50: known, p95: known, p99: known }

export const windowSchema: z.ZodType<WindowResult> = z
  .looseObject({
    from: nanos,
    until: nanos,
    phase: z.enum(['warmup', 'measurement', 'drain']),
    ...windowShape,
    sent: count.exactOptional(),
    inFlight: known,
    lagP99: known,
    streams: z.record(z.string(), z.looseObject(windowShape)).exactOptional(),
    gauges: z.record(z.string(), known).exactOptional(),
  })
  .meta({ id: 'Window' })

export const burstSchema: z.ZodType<BurstReport> = z
  .looseObject({
    stream: z.string(),
    from: nanos,
    until: nanos,
    counts: z.looseObject({
      due: count,
      completed: count,
      failed: count,
      timedOut: count,
      dropped: count,
      censored: count,
    }),
    failures: z.record(z.string(), count),
    startSpread: known,
    drain: known,
    background: z.looseObject({ stream: z.string(), p95: nanos, limit: nanos, recovery: known }).nullable(),
  })
  .meta({ id: 'Burst' })

const controlPhase = z.looseObject({ from: nanos, until: nanos })

export const controlReportSchema: z.ZodType<ControlReport> = z
  .looseObject({
    stream: z.string(),
    gauge: z.string(),
    unit: z.string(),
    target: z.number(),
    tolerance: z.number(),
    method: z.enum(['controller', 'steps']),
    vary: z.enum(['rate', 'concurrency']),
    most: z.number(),
    period: nanos,
    outcome: z.enum(['held', 'not-held', 'unreachable', 'lost']),
    obstacle: z.enum(['plateau', 'most', 'least']).nullable(),
    plateau: known,
    problem: z.string().nullable(),
    phases: z.looseObject({ warmup: controlPhase, identify: controlPhase, approach: controlPhase }),
    settled: z.boolean(),
    mean: known,
    interval: interval.nullable(),
    coverage: z.number(),
    oscillation: z.looseObject({ deviation: known, p5: known, p95: known, cycle: known }),
    overshoot: z.number(),
    load: z.looseObject({ mean: known, min: known, max: known }),
    moves: count,
    backOffs: count,
    course: z.array(
      z.looseObject({
        at: nanos,
        reading: z.number(),
        load: z.number(),
        phase: z.enum(['warmup', 'identify', 'approach', 'hold', 'unreachable']),
      }),
    ),
  })
  .meta({ id: 'Control' })
