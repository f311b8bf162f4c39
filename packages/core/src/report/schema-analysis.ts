import { z } from 'zod'
import type { AnalysisTable } from './result.ts'
import { jsonSchema } from './schema-plan.ts'
import { plotSchema } from './schema-plot.ts'
import { text } from './schema-values.ts'

export const analysisSchema: z.ZodType<AnalysisTable> = z
  .looseObject({
    name: z.string(),
    title: z.string(),
    columns: z.array(
      z.looseObject({
        name: z.string(),
        unit: text,
        description: z.string().exactOptional(),
        rank: z.number().exactOptional(),
      }),
    ),
    rows: z.array(z.array(jsonSchema)),
    notes: z.array(z.string()),
    plots: z.array(plotSchema).exactOptional(),
    plotOnly: z.boolean().exactOptional(),
    chapter: z
      .looseObject({ id: z.string(), title: z.string(), open: z.boolean().exactOptional() })
      .exactOptional(),
  })
  .meta({ id: 'AnalysisTable' })
