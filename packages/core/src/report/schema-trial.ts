import { z } from 'zod'
import type {
  Distribution,
  Metrics,
  PipelineMetrics,
  ReplicaMetrics,
  SloResult,
  SloTermResult,
  StepMetrics,
  Trial,
  Verdict,
} from './result.ts'
import { agreementSchema, qualitySchema } from './schema-answers.ts'
import { certificateSchema, complianceSchema } from './schema-compliance.ts'
import { costReportSchema, energyReportSchema } from './schema-energy.ts'
import { burstSchema, controlReportSchema, replaySchema, windowSchema } from './schema-load.ts'
import { trialPlanSchema } from './schema-plan.ts'
import {
  attachedServerSchema,
  coldStartSchema,
  gaugeSchema,
  profileSchema,
  samplerReportSchema,
  serverSchema,
} from './schema-server.ts'
import { staticReportSchema } from './schema-static.ts'
import { caseValues, count, interval, jsonObject, known, nanos, span, text } from './schema-values.ts'

const PERCENTILE = /^p\d+(\.\d+)?$/

const distribution = z
  .looseObject({
    unit: z.literal('ns'),
    count,
    mean: known,
    min: known,
    max: known,
    p50: known,
    p90: known,
    p95: known,
    p99: known,
    'p99.9': known,
    method: z.enum(['exact', 'histogram', 'none']),
    intervals: z.record(z.string(), interval.nullable()),
    why: z.record(z.string(), z.enum(['censored', 'too-few', 'failures'])),
    effectiveCount: known,
    effectiveCounts: z.record(z.string(), z.number()).optional(),
    rmsBound: z.number().exactOptional(),
    hdr: text,
  })
  .refine(
    (value) =>
      Object.entries(value).every(
        ([key, one]) => !PERCENTILE.test(key) || one === null || typeof one === 'number',
      ),
    { error: 'A percentile is neither a number nor null.' },
  )
  .meta({
    id: 'Distribution',
    patternProperties: { [PERCENTILE.source]: { type: ['number', 'null'] } },
  }) as unknown as z.ZodType<Distribution>

const stepMetrics: z.ZodType<StepMetrics> = z
  .looseObject({
    name: z.string(),
    target: z.string().nullable(),
    counts: z.looseObject({
      due: count,
      sent: count,
      completed: count,
      failed: count,
      timedOut: count,
      censored: count,
    }),
    failures: z.record(z.string(), count),
    time: distribution,
    glue: distribution,
    transportWait: distribution,
    firstByte: distribution,
    serverQueue: distribution,
    serverCompute: distribution,
    mean: known,
    glueMean: known,
    share: known,
  })
  .meta({ id: 'StepMetrics' })

const pipelineMetrics: z.ZodType<PipelineMetrics> = z
  .looseObject({
    completed: count,
    response: known,
    before: known,
    glue: distribution,
    glueShare: known,
    steps: z.array(stepMetrics),
  })
  .meta({ id: 'PipelineMetrics' })

const replicaMetrics: z.ZodType<ReplicaMetrics> = z
  .looseObject({
    name: z.string(),
    counts: z.looseObject({
      due: count,
      completed: count,
      failed: count,
      timedOut: count,
      censored: count,
    }),
    failures: z.record(z.string(), count),
    responseTime: distribution,
    inFlight: z.looseObject({ mean: known, max: known }),
  })
  .meta({ id: 'ReplicaMetrics' })

const metricsShape = {
  counts: z.looseObject({
    due: count,
    sent: count,
    completed: count,
    failed: count,
    timedOut: count,
    dropped: count,
    censored: count,
    incorrect: count,
    checked: count,
    retried: count,
    late: count,
  }),
  failures: z.record(z.string(), count),
  offeredLoad: known,
  throughput: known,
  goodput: known,
  rateIntervals: z.looseObject({ throughput: interval.nullable(), goodput: interval.nullable() }),
  items: z.looseObject({ perRequest: known, throughput: known }),
  responseTime: distribution,
  serviceTime: distribution,
  firstByte: distribution,
  dispatchLag: distribution,
  transportWait: distribution,
  messageGap: distribution,
  responseTimeWithFailures: distribution,
  failedResponseTime: distribution,
  serverQueue: distribution,
  serverCompute: distribution,
  inFlight: z.looseObject({ mean: known, max: known }),
  littlesLaw: z.looseObject({ relativeGap: known }),
  labels: z.record(z.string(), distribution).exactOptional(),
  pipeline: pipelineMetrics.exactOptional(),
  replicas: z.array(replicaMetrics).exactOptional(),
}

export const metricsSchema: z.ZodType<Metrics> = z.looseObject(metricsShape).meta({ id: 'Metrics' })

export const verdictSchema: z.ZodType<Verdict> = z
  .looseObject({
    validity: z.enum(['valid', 'suspect', 'invalid']),
    reasons: z.array(
      z.looseObject({
        code: z.string(),
        severity: z.enum(['suspect', 'invalid', 'note']),
        message: z.string(),
        advice: text,
      }),
    ),
  })
  .meta({ id: 'Verdict' })

const sloVerdict = z.enum(['pass', 'fail', 'undecided'])

export const sloTermsSchema: z.ZodType<readonly SloTermResult[]> = z.array(
  z.looseObject({
    term: z.string(),
    limit: z.number(),
    measured: known,
    interval: interval.nullable(),
    verdict: sloVerdict,
    reason: text,
  }),
)

export const sloSchema: z.ZodType<SloResult> = z
  .looseObject({
    verdict: sloVerdict,
    terms: sloTermsSchema,
    deadline: known,
  })
  .meta({ id: 'SloResult' })

const engine = z
  .looseObject({
    name: z.string(),
    scheduler: z.string(),
    cpu: known,
    turn: z.looseObject({ p50: known, p99: known, max: known }),
    gc: z.looseObject({ count, total: nanos }),
    foreignCpu: known,
    stealCpu: known,
    clockDrift: known,
    accounting: known,
  })
  .meta({ id: 'EngineReport' })

const arrowFile = z.looseObject({ path: z.string(), rows: count, complete: z.boolean() }).nullable()

export const trialSchema: z.ZodType<Trial> = z
  .looseObject({
    id: z.string(),
    caseId: z.string(),
    file: z.string(),
    path: z.array(z.string()),
    case: caseValues,
    repeat: count,
    role: z.enum(['measurement', 'probe', 'profile', 'study']),
    tags: z.array(z.string()),
    state: z.enum(['completed', 'interrupted', 'failed', 'skipped']),
    error: z
      .looseObject({
        code: z.string(),
        message: z.string(),
        advice: text,
        detail: text,
        exitCode: z.number().exactOptional(),
      })
      .nullable(),
    startedAt: text,
    seed: z.string(),
    plan: trialPlanSchema,
    planHash: z.string(),
    phases: z.looseObject({ warmup: span, measurement: span, drain: span }),
    engine,
    workers: count,
    connections: z.looseObject({
      count,
      opened: count,
      failed: count,
      closed: count,
      connectMean: known,
      handshakeMean: known,
    }),
    payloads: z.looseObject({
      count,
      distinct: count,
      bytes: count,
      datasets: z
        .array(z.looseObject({ file: z.string(), rows: count, bad: count, firstBad: z.string().nullable() }))
        .exactOptional(),
    }),
    ...metricsShape,
    perRequest: z
      .looseObject({ bytesOut: known, bytesIn: known, encodeTime: known, clientCpu: known, serverCpu: known })
      .exactOptional(),
    streams: z.record(z.string(), metricsSchema),
    verdict: verdictSchema,
    slo: sloSchema.nullable(),
    server: serverSchema.nullable(),
    attached: z.array(attachedServerSchema).exactOptional(),
    gauges: z.record(z.string(), gaugeSchema),
    windows: z.array(windowSchema),
    events: z.array(z.looseObject({ at: nanos, kind: z.string(), message: z.string() })),
    bursts: z.array(burstSchema).exactOptional(),
    control: controlReportSchema.exactOptional(),
    coldStart: coldStartSchema.exactOptional(),
    agreement: agreementSchema.exactOptional(),
    quality: qualitySchema.exactOptional(),
    energy: energyReportSchema.nullable(),
    cost: costReportSchema.nullable(),
    static: z.record(z.string(), staticReportSchema).nullable(),
    steadyState: jsonObject.nullable(),
    records: arrowFile,
    profile: profileSchema.exactOptional(),
    samples: arrowFile.exactOptional(),
    samplers: z.array(samplerReportSchema).exactOptional(),
    replays: z.array(replaySchema).exactOptional(),
    certificate: certificateSchema.nullable().exactOptional(),
    compliance: complianceSchema.nullable().exactOptional(),
  })
  .meta({ id: 'Trial' })
