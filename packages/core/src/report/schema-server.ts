import { z } from 'zod'
import type {
  AttachedServer,
  ColdStartReport,
  GaugeSummary,
  ProfileReport,
  SamplerReport,
  ServerReport,
} from './result.ts'
import { analysisSchema } from './schema-analysis.ts'
import { jsonSchema, serverPlanSchema } from './schema-plan.ts'
import { count, jsonObject, known, nanos, text } from './schema-values.ts'

export const serverSchema: z.ZodType<ServerReport> = z
  .looseObject({
    kind: z.string(),
    plan: serverPlanSchema.nullable(),
    version: text,
    container: z
      .looseObject({
        runtime: z.string(),
        runtimeVersion: z.string(),
        image: z.string(),
        imageId: z.string(),
        digests: z.array(z.string()),
      })
      .exactOptional(),
    effectiveConfig: jsonSchema,
    startup: jsonObject.nullable(),
    stages: z.record(z.string(), known).nullable(),
    batchSizes: z.array(z.looseObject({ size: count, count })).nullable(),
    counters: jsonObject.nullable(),
    totals: z.record(z.string(), z.number()).exactOptional(),
    batching: z
      .record(
        z.string(),
        z.looseObject({ model: z.string(), size: count, instances: count, delay: z.number() }),
      )
      .exactOptional(),
  })
  .meta({ id: 'ServerReport' })

export const attachedServerSchema: z.ZodType<AttachedServer> = z
  .looseObject({
    port: count,
    processes: z.array(z.looseObject({ pid: count, command: z.string() })),
    unknown: text,
  })
  .meta({ id: 'AttachedServer' })

export const gaugeSchema: z.ZodType<GaugeSummary> = z
  .looseObject({
    unit: z.string(),
    device: text,
    mean: known,
    min: known,
    max: known,
    p95: known,
    coverage: z.number(),
  })
  .meta({ id: 'Gauge' })

export const samplerReportSchema: z.ZodType<SamplerReport> = z
  .looseObject({
    kind: z.string(),
    period: known,
    reads: count,
    missed: count,
    time: nanos,
    longest: nanos,
    problem: text,
    files: z.array(z.string()).exactOptional(),
  })
  .meta({ id: 'SamplerReport' })

export const coldStartSchema: z.ZodType<ColdStartReport> = z
  .looseObject({
    kind: z.enum(['launch', 'idle']),
    idle: known,
    resolution: nanos,
    system: known,
    live: known,
    modelLoad: known,
    modelLoadBy: z.enum(['server', 'calls', 'probes']).nullable(),
    ready: known,
    pause: known,
    firstAnswer: known,
    failedBefore: count,
    warm: known,
    warmCount: count,
    total: known,
    model: z.looseObject({ bytes: z.number(), cached: known }).nullable(),
  })
  .meta({ id: 'ColdStart' })

export const profileSchema: z.ZodType<ProfileReport> = z
  .looseObject({
    name: z.string(),
    tables: z.array(analysisSchema),
    files: z.array(z.string()),
    notes: z.array(z.string()),
  })
  .meta({ id: 'Profile' })
