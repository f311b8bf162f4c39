import { z } from 'zod'
import type { AgreementReport, QualityReport } from './result.ts'
import { caseValues, count, known, text } from './schema-values.ts'

export const agreementSchema: z.ZodType<AgreementReport> = z
  .looseObject({
    reference: caseValues.nullable(),
    inputs: count,
    tolerance: z.looseObject({ absolute: z.number(), relative: z.number() }),
    agrees: z.boolean(),
    outputs: z.array(
      z.looseObject({
        name: z.string(),
        datatype: text,
        shape: z.array(z.number()).nullable(),
        elements: count,
        differing: count.nullable(),
        maxAbsolute: known,
        maxRelative: known,
        notNumbers: count.nullable(),
        problem: text,
      }),
    ),
  })
  .meta({ id: 'Agreement' })

export const qualitySchema: z.ZodType<QualityReport> = z
  .looseObject({
    metric: z.enum(['accuracy', 'top5', 'f1', 'mse', 'function']),
    value: z.number(),
    interval: z.tuple([z.number(), z.number()]).nullable(),
    samples: count,
  })
  .meta({ id: 'Quality' })
