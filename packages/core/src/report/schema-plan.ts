import { z } from 'zod'
import type { RateSegment } from '../arrival/load-plan.ts'
import type { GateSettings, ServerPlan, TrialPlan } from '../plan/trial-plan.ts'
import type { JsonValue } from '../units/json.ts'

/*
 * Plans inside results are checked as far as anything reads them; what a later version or a plugin adds passes. The
 * exported types are those of the plan, which the shapes below describe only in part: hence the casts.
 */

export const jsonSchema: z.ZodType<JsonValue> = z
  .lazy(() =>
    z.union([
      z.string(),
      z.number(),
      z.boolean(),
      z.null(),
      z.array(jsonSchema),
      z.record(z.string(), jsonSchema),
    ]),
  )
  .meta({ id: 'Json' })

const nanos = z.number().min(0)

const positive = z.number().gt(0)
const share = z.number().min(0).max(1)
const pair = z.tuple([z.number().min(0), z.number().min(0)])

const rateSegment = z.looseObject({
  from: nanos,
  until: nanos.nullable(),
  rate: z.number().min(0),
  rateEnd: z.number().min(0),
})
const modulation = z.union([
  z.looseObject({ kind: z.literal('sine'), period: positive, amplitude: share }),
  z.looseObject({ kind: z.literal('pieces'), pieces: z.array(z.looseObject({ length: nanos })) }),
])

const burst = z.looseObject({
  kind: z.literal('burst'),
  count: z.number().min(0),
  within: nanos,
  every: nanos.nullable(),
  after: nanos.exactOptional(),
})
const mmpp = z.looseObject({ kind: z.literal('mmpp'), rates: pair, dwell: pair })
const selfSimilar = z.looseObject({ kind: z.literal('selfSimilar'), rate: z.number().min(0), hurst: share })
const slices = { low: share, high: share }
const trace = z.looseObject({
  kind: z.literal('trace'),
  files: z.array(z.string()).min(1),
  source: z.looseObject({ format: z.string() }),
  from: nanos,
  until: nanos.nullable(),
  speed: positive,
  scale: z.union([z.number(), z.looseObject({ mean: z.number() }), z.looseObject({ peak: z.number() })]),
})
/** Processes whose parts are read; any other kind is only named. */
const READ = ['burst', 'mmpp', 'selfSimilar', 'trace', 'superpose', 'slice']
const otherProcess = z.looseObject({
  kind: z.string().refine((kind) => !READ.includes(kind)),
  cv: z.number().exactOptional(),
  shape: z.number().exactOptional(),
})
const process: z.ZodType = z
  .lazy(() =>
    z.union([
      burst,
      mmpp,
      selfSimilar,
      trace,
      z.looseObject({ kind: z.literal('superpose'), parts: z.array(openLoad) }),
      z.looseObject({
        kind: z.literal('slice'),
        of: openLoad,
        ...slices,
        shifts: z
          .array(
            z.looseObject({
              from: nanos,
              ...slices,
              until: nanos.exactOptional(),
              lowEnd: share.exactOptional(),
              highEnd: share.exactOptional(),
            }),
          )
          .exactOptional(),
      }),
      otherProcess,
    ]),
  )
  .meta({ id: 'ArrivalProcess' })
const control = z.looseObject({
  of: z.string(),
  target: positive,
  tolerance: z.number().min(0),
  method: z.string(),
  from: z.number().min(0),
  most: positive,
  step: z.number().min(0),
  period: positive.nullable(),
  within: positive.nullable(),
})
const openLoad = z.looseObject({
  loop: z.literal('open'),
  process,
  rate: z.array(rateSegment),
  modulation: modulation.exactOptional(),
  control: control.exactOptional(),
})
const closedLoad = z.looseObject({
  loop: z.literal('closed'),
  concurrency: z.number().min(0),
  requests: z.number().min(0).nullable(),
  thinkTime: z.looseObject({ kind: z.string() }),
  within: nanos.exactOptional(),
  population: z
    .array(
      z.looseObject({
        from: nanos,
        until: nanos.nullable(),
        users: z.number().min(0),
        usersEnd: z.number().min(0),
      }),
    )
    .exactOptional(),
  cycle: nanos.exactOptional(),
  stagger: nanos.exactOptional(),
  control: control.exactOptional(),
})
const stagesLoad = z.looseObject({
  loop: z.literal('stages'),
  stages: z.array(
    z.looseObject({ load: z.discriminatedUnion('loop', [openLoad, closedLoad]), duration: nanos }),
  ),
})
const load = z.discriminatedUnion('loop', [openLoad, closedLoad, stagesLoad]).meta({ id: 'Load' })

const sloTerm = z.looseObject({
  metric: z.string(),
  limit: z.number(),
  statistic: z.union([z.string(), z.looseObject({ percentile: z.number() })]).exactOptional(),
})
const slo = z.looseObject({ terms: z.array(sloTerm), deadline: nanos.nullable() })

const stream = z.looseObject({
  target: z.looseObject({ kind: z.string(), package: z.string(), options: z.record(z.string(), jsonSchema) }),
  input: z.looseObject({ from: z.string() }),
  load,
  exchange: z.looseObject({ kind: z.string() }),
  check: z.looseObject({ file: z.string(), option: z.string() }).nullable(),
  static: z.looseObject({}).exactOptional(),
  expect: z.looseObject({}).nullable(),
  slo: slo.nullable(),
})

const server = z
  .looseObject({
    kind: z.string(),
    package: z.string(),
    launch: z.record(z.string(), jsonSchema),
    state: z.record(z.string(), jsonSchema),
  })
  .meta({ id: 'ServerPlan' })

const gate = z.looseObject({ suspect: z.number().nullable(), invalid: z.number().nullable() })
const gates = z.looseObject({
  dispatchLag: gate.extend({ floorSuspect: nanos, floorInvalid: nanos }),
  dispatched: gate,
  loadThreadCpu: gate,
  accounting: gate,
  littlesLaw: gate,
  foreignCpu: gate,
  clockDrift: gate,
})

const settings = z.looseObject({
  warmup: z.union([
    z.looseObject({ duration: nanos }),
    z.looseObject({ until: z.literal('stable'), method: z.enum(['auto', 'windows']), maximum: nanos }),
    z.looseObject({ requests: z.number().min(0) }),
  ]),
  until: z
    .looseObject({ rule: z.enum(['certified', 'precise']), percentile: z.number(), maximum: nanos })
    .nullable()
    .exactOptional(),
  duration: nanos.nullable(),
  timeout: nanos,
  gates,
})

const scalar = z.union([z.string(), z.number(), z.boolean()])

const plan = z
  .looseObject({
    id: z.string(),
    caseId: z.string(),
    file: z.string(),
    path: z.array(z.string()),
    case: z.record(z.string(), scalar),
    repeat: z.number().min(0),
    role: z.enum(['measurement', 'probe', 'profile', 'study']),
    probe: z.looseObject({ vary: z.string(), value: z.number(), purpose: z.string() }).optional(),
    study: z
      .looseObject({
        study: z.string(),
        point: z.string(),
        purpose: z.enum(['baseline', 'search', 'sweep', 'ablation', 'confirm']),
        round: z.number().nullable(),
        fidelity: z.number(),
      })
      .exactOptional(),
    tags: z.array(z.string()),
    seed: z.string(),
    settings,
    origins: z.record(z.string(), z.string()),
    server: server.nullable(),
    streams: z.record(z.string(), stream),
    versus: z
      .looseObject({
        case: z.record(z.string(), scalar).exactOptional(),
        against: z.record(z.string(), scalar),
      })
      .exactOptional(),
    agreement: z
      .looseObject({
        tolerance: z.looseObject({ absolute: z.number(), relative: z.number() }),
        outputs: z.record(z.string(), z.string()).nullable(),
        across: z.array(z.string()).nullable(),
        inputs: z.number(),
        datatypes: z.enum(['equal', 'any']),
        shapes: z.enum(['equal', 'any']),
      })
      .exactOptional(),
    quality: z
      .looseObject({
        classes: z.array(z.string()).nullable(),
        output: z.string().nullable(),
        samples: z.number(),
        across: z.array(z.string()).nullable(),
      })
      .exactOptional(),
    digest: z.string(),
  })
  .meta({ id: 'TrialPlan' })

export const rateSegmentSchema: z.ZodType<RateSegment> = rateSegment
export const trialPlanSchema = plan as unknown as z.ZodType<TrialPlan>
export const serverPlanSchema = server as unknown as z.ZodType<ServerPlan>
export const gatesSchema = gates as unknown as z.ZodType<GateSettings>
