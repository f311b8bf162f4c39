import { z } from 'zod'
import type { JournalLine } from './journal-line.ts'
import type { CaseResult, Environment, RunResult } from './result.ts'
import { analysisSchema } from './schema-analysis.ts'
import { runComparisonSchema } from './schema-comparison.ts'
import { windowSchema } from './schema-load.ts'
import {
  gatesSchema,
  jsonSchema,
  rateSegmentSchema,
  serverPlanSchema,
  trialPlanSchema,
} from './schema-plan.ts'
import { searchSchema } from './schema-search.ts'
import {
  studyConfigurationSchema,
  studyHeaderSchema,
  studyMeasurementSchema,
  studyResultSchema,
} from './schema-study.ts'
import { metricsSchema, sloSchema, trialSchema, verdictSchema } from './schema-trial.ts'
import { caseValues, count, interval, known, nanos, text } from './schema-values.ts'

/**
 * The shape of `result.json` and of the trial files, for reading what somebody else may have written. Unknown
 * properties pass: a newer version may add some without a new `schemaVersion`. Importing zod takes about 90 ms, so
 * this module is only imported where a file is read.
 */

export { trialSchema }

const runTime = z
  .looseObject({
    total: nanos,
    measuring: nanos,
    servers: nanos,
    planning: nanos,
    preparing: nanos,
    finishing: nanos,
    storing: nanos,
  })
  .meta({ id: 'RunTime' })

const caseResult: z.ZodType<CaseResult> = z
  .looseObject({
    id: z.string(),
    file: z.string(),
    path: z.array(z.string()),
    case: caseValues,
    tags: z.array(z.string()),
    trials: z.array(z.string()),
    pooled: metricsSchema.nullable(),
    streams: z.record(z.string(), metricsSchema).exactOptional(),
    betweenRepeats: z.record(
      z.string(),
      z.looseObject({ values: z.array(known), mean: known, interval: interval.nullable(), cv: known }),
    ),
    slo: sloSchema.nullable(),
    verdict: verdictSchema,
  })
  .meta({ id: 'CaseResult' })

const environment: z.ZodType<Environment> = z
  .looseObject({
    os: z.looseObject({
      platform: z.string(),
      release: z.string(),
      kernel: z.string(),
      arch: z.string(),
      container: text,
    }),
    cpu: z.looseObject({
      model: z.string(),
      cores: count,
      physicalCores: known,
      mhz: known,
      governor: text,
      limit: known,
    }),
    memory: z.looseObject({ total: count, limit: known }),
    accelerators: z.array(z.looseObject({ name: z.string(), memory: known, driver: text })),
    node: z.string(),
    servers: z.record(z.string(), jsonSchema),
  })
  .meta({ id: 'Environment' })

const order = z.looseObject({
  cases: z.enum(['random', 'as-written']),
  interleave: z.enum(['within-server', 'across-servers']),
})

export const journalLineSchema: z.ZodType<JournalLine> = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('run'),
    schemaVersion: z.literal(1),
    id: z.string(),
    startedAt: z.string(),
    seed: z.string(),
    command: z.array(z.string()),
    environment,
    versions: z.record(z.string(), z.string()),
    gates: gatesSchema.nullable(),
    cases: z.array(z.string()).exactOptional(),
    order: order.exactOptional(),
  }),
  z.looseObject({ type: z.literal('plan'), trial: trialPlanSchema, planHash: z.string() }),
  z.looseObject({ type: z.literal('server'), name: z.string(), value: jsonSchema }),
  z.looseObject({
    type: z.literal('trial-start'),
    trial: z.string(),
    startedAt: z.string(),
    engine: z.string(),
    workers: count,
    connections: count,
  }),
  z.looseObject({ type: z.literal('window'), trial: z.string(), window: windowSchema }),
  z.looseObject({
    type: z.literal('segment'),
    trial: z.string(),
    stream: z.string(),
    at: nanos,
    segment: z.union([rateSegmentSchema, z.looseObject({ concurrency: count })]),
  }),
  z.looseObject({
    type: z.literal('event'),
    trial: z.string().nullable(),
    at: nanos,
    kind: z.string(),
    message: z.string(),
  }),
  z.looseObject({
    type: z.literal('trial-end'),
    trial: z.string(),
    state: z.enum(['completed', 'interrupted', 'failed', 'skipped']),
  }),
  z.looseObject({ type: z.literal('search'), search: searchSchema }),
  z.looseObject({ type: z.literal('study'), study: studyHeaderSchema }),
  z.looseObject({ type: z.literal('study-measurement'), measurement: studyMeasurementSchema }),
  z.looseObject({
    type: z.literal('study-server'),
    study: z.string(),
    point: z.string(),
    server: serverPlanSchema,
  }),
  z.looseObject({
    type: z.literal('study-configurations'),
    study: z.string(),
    configurations: z.array(studyConfigurationSchema),
  }),
  z.looseObject({ type: z.literal('analysis'), table: analysisSchema }),
  z.looseObject({ type: z.literal('comparison'), comparison: runComparisonSchema }),
  z.looseObject({
    type: z.literal('run-end'),
    finishedAt: z.string(),
    interrupted: z.boolean(),
    strict: z.boolean(),
    error: z.looseObject({ code: z.string(), message: z.string(), exitCode: z.number() }).nullable(),
    time: runTime.exactOptional(),
  }),
])

export const runResultSchema: z.ZodType<RunResult> = z.looseObject({
  schemaVersion: z.literal(1),
  run: z.looseObject({
    id: z.string(),
    startedAt: z.string(),
    finishedAt: text,
    seed: z.string(),
    command: z.array(z.string()),
    environment,
    versions: z.record(z.string(), z.string()),
    gates: gatesSchema.nullable(),
    notes: z.array(z.string()),
    exit: z.looseObject({ code: z.number(), reasons: z.array(z.string()) }),
    order: order.extend({ trials: z.array(z.string()) }).exactOptional(),
    time: runTime.exactOptional(),
  }),
  definitions: z.record(z.string(), z.string()),
  trials: z.array(trialSchema),
  cases: z.array(caseResult),
  searches: z.array(searchSchema),
  studies: z.array(studyResultSchema).exactOptional(),
  analyses: z.array(analysisSchema),
  comparison: runComparisonSchema.exactOptional(),
})

/** `result.json` as JSON Schema, draft 2020-12: published with the package as `schema/result.schema.json`. */
export function createResultJsonSchema(): object {
  return {
    title: 'servebench result',
    description:
      'result.json of a servebench run. Times are nanoseconds, rates are per second, shares are 0 to 1.',
    ...z.toJSONSchema(runResultSchema, { io: 'input', reused: 'inline' }),
  }
}
