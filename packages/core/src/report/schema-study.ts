import { z } from 'zod'
import { serverPlanSchema } from './schema-plan.ts'
import type { StudyConfiguration, StudyHeader, StudyMeasurement, StudyResult } from './study/study-result.ts'

const scalar = z.union([z.string(), z.number(), z.boolean()])
const values = z.record(z.string(), scalar)
const known = z.number().nullable()
const text = z.string().nullable()
const interval = z.tuple([z.number(), z.number().nullable()])
const closed = z.tuple([z.number(), z.number()])
const error = z
  .looseObject({ code: z.string(), message: z.string(), detail: z.string().nullable() })
  .nullable()

const search = z.looseObject({
  strategy: z.enum(['grid', 'list', 'quick', 'random', 'bayesian', 'halving']),
})

const objective = z.looseObject({
  metric: z.string(),
  weight: z.number(),
  better: z.enum(['higher', 'lower']).nullable(),
})

const plan = z.looseObject({
  axes: z.array(
    z.looseObject({
      name: z.string(),
      values: z.array(scalar),
      ordered: z.boolean(),
      contents: z.record(z.string(), z.json()).exactOptional(),
      skipped: z.array(z.looseObject({ value: scalar, reason: z.string() })).exactOptional(),
      condition: z.record(z.string(), z.array(scalar)).exactOptional(),
    }),
  ),
  settings: z.array(z.string()).exactOptional(),
  models: z
    .record(
      z.string(),
      z.looseObject({
        weight: z.number(),
        objectives: z.array(objective),
        settings: z.record(z.string(), z.string()),
        load: z.looseObject({ axis: z.string(), vary: z.enum(['rate', 'concurrency']) }).nullable(),
      }),
    )
    .exactOptional(),
  automatic: z.boolean().exactOptional(),
  candidates: z.record(z.string(), values).exactOptional(),
  baseline: values,
  loads: z
    .looseObject({
      vary: z.enum(['rate', 'concurrency']),
      values: z.array(z.number()),
      gain: z.number(),
      refine: z.number(),
    })
    .nullable(),
  objectives: z.array(objective),
  search: search.nullable(),
  budget: z.looseObject({ configurations: known, time: known }),
  confirm: z.looseObject({ leaders: z.number(), rounds: z.number(), confidence: z.number() }),
  ablation: z.boolean(),
})

const header = {
  id: z.string(),
  file: z.string(),
  path: z.array(z.string()),
  plan,
  search,
  baseline: z.string(),
  size: z.number(),
  skipped: z.array(z.looseObject({ reason: z.string(), count: z.number(), values })).exactOptional(),
  state: z.enum(['running', 'ended']),
  notes: z.array(z.string()),
}

const measurement = z
  .looseObject({
    study: z.string(),
    point: z.string(),
    configuration: values,
    load: known,
    purpose: z.enum(['baseline', 'search', 'sweep', 'ablation', 'confirm']),
    round: known,
    fidelity: z.number(),
    trial: z.string(),
    run: z.string(),
    startedAt: z.string().nullable(),
    state: z.enum(['completed', 'interrupted', 'failed', 'skipped']),
    error,
    validity: z.enum(['valid', 'suspect', 'invalid']),
    metrics: z.record(z.string(), known),
    currency: z.string().exactOptional(),
    intervals: z.record(z.string(), interval),
    terms: z.array(
      z.looseObject({
        term: z.string(),
        limit: z.number(),
        measured: known,
        interval: interval.nullable(),
        verdict: z.enum(['pass', 'fail', 'undecided']),
        reason: z.string().nullable(),
      }),
    ),
    violation: z.number(),
    overloaded: z.boolean(),
    quality: z
      .looseObject({
        key: z.string(),
        metric: z.enum(['accuracy', 'top5', 'f1', 'mse', 'function']),
        value: z.number(),
        interval: closed.nullable(),
        samples: z.number(),
      })
      .exactOptional(),
    batches: z.array(z.looseObject({ size: z.number(), count: z.number() })).nullable(),
    plan: z.string(),
    environment: z.record(z.string(), z.string()),
    files: z.record(z.string(), z.string()).exactOptional(),
  })
  .meta({ id: 'StudyMeasurement' })

const configuration = z
  .looseObject({
    point: z.string(),
    name: z.string(),
    role: z.enum(['baseline', 'best', 'chosen']),
    directory: text,
    files: z.array(z.string()),
    patch: text,
    diff: text,
    apply: text,
    problem: text,
  })
  .meta({ id: 'StudyConfiguration' })

const result = z
  .looseObject({
    ...header,
    outcome: z.enum(['running', 'interrupted', 'winner', 'tie', 'unconfirmed', 'infeasible', 'failed']),
    message: z.string(),
    best: z.array(z.string()),
    leaders: z.array(
      z.looseObject({
        point: z.string(),
        load: known,
        rounds: z.number(),
        feasible: z.boolean(),
        behind: z.tuple([z.number(), z.number(), z.number()]).nullable(),
      }),
    ),
    pareto: z.array(z.string()),
    sensitivity: z.array(
      z.looseObject({
        axis: z.string(),
        values: z.array(z.looseObject({ value: scalar, points: z.number(), gain: known })),
        share: known,
      }),
    ),
    points: z.array(
      z.looseObject({
        id: z.string(),
        name: z.string(),
        configuration: values,
        measurements: z.array(z.number()),
        best: known,
        feasible: z.boolean(),
        score: known,
        gain: known,
        gainInterval: closed.nullable(),
        error,
        pareto: z.boolean(),
        server: serverPlanSchema.exactOptional(),
      }),
    ),
    measurements: z.array(measurement),
    configurations: z.array(configuration).exactOptional(),
  })
  .meta({ id: 'StudyResult' })

export const studyHeaderSchema = z.looseObject(header) as unknown as z.ZodType<StudyHeader>
export const studyConfigurationSchema = configuration as unknown as z.ZodType<StudyConfiguration>
export const studyMeasurementSchema = measurement as unknown as z.ZodType<StudyMeasurement>
export const studyResultSchema = result as unknown as z.ZodType<StudyResult>
