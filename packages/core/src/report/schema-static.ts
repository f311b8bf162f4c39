import { z } from 'zod'
import { count, counts, known, text } from './schema-values.ts'
import type { StaticReport } from './static-report.ts'

export const staticReportSchema: z.ZodType<StaticReport> = z
  .looseObject({
    task: text,
    source: z.enum(['file', 'given']),
    model: text,
    file: text,
    format: text,
    fileBytes: known,
    batch: count,
    sizes: counts,
    parameters: known,
    statistics: known,
    parameterBytes: known,
    weightBytes: known,
    touchedWeightBytes: known,
    macs: known,
    flops: known,
    elementwiseFlops: known,
    macsByType: counts,
    activationBytes: known,
    peakActivationBytes: known,
    inputBytes: known,
    outputBytes: known,
    cache: z.looseObject({ bytes: z.number(), bytesPerToken: z.number(), tensors: count }).nullable(),
    isLowerBound: z.boolean(),
    unknownOperators: counts,
    intensity: z.looseObject({ article: known, compulsory: known, streamed: known }).nullable(),
    devices: z.array(
      z.looseObject({
        device: z.string(),
        entry: z.string(),
        kind: z.string(),
        type: z.string(),
        unit: z.string(),
        peak: z.number(),
        accumulate: text,
        bandwidth: z.number(),
        ridge: z.number(),
        source: z.string(),
        peaks: z
          .array(
            z.looseObject({
              type: z.string(),
              unit: z.enum(['vector', 'tensor']),
              dense: z.number(),
              sparse: z.number().exactOptional(),
              accumulate: z.string().exactOptional(),
            }),
          )
          .exactOptional(),
        bound: z.enum(['compute', 'memory']).nullable(),
        inferencesPerSecond: known,
      }),
    ),
    notes: z.array(z.string()),
  })
  .meta({ id: 'StaticReport' })
