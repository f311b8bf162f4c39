import { z } from 'zod'
import type { Certificate, Compliance } from './result.ts'
import { count, known } from './schema-values.ts'

export const certificateSchema: z.ZodType<Certificate> = z
  .looseObject({
    rule: z.enum(['certified', 'precise']),
    percentile: z.number(),
    verdict: z.enum(['pass', 'fail', 'certified', 'undecided']),
    confidence: z.number(),
    limit: known,
    count,
    over: known,
    effectiveCount: z.number(),
    looks: count,
    measured: known,
    interval: z.tuple([z.number(), known]).nullable(),
    bound: known,
    halfWidth: known,
    more: known,
    independent: z
      .looseObject({
        verdict: z.enum(['pass', 'fail', 'undecided']),
        clean: count,
        chance: known,
        estimate: known.exactOptional(),
      })
      .nullable(),
  })
  .meta({ id: 'Certificate' })

export const complianceSchema: z.ZodType<Compliance> = z
  .looseObject({
    scenario: z.string(),
    rules: z.array(
      z.looseObject({ rule: z.string(), wanted: z.string(), found: z.string(), kept: z.boolean() }),
    ),
    metric: z.looseObject({ name: z.string(), value: known, unit: z.string() }),
    note: z.string(),
  })
  .meta({ id: 'Compliance' })
