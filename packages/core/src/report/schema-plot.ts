import { z } from 'zod'
import type { Plot } from './plot.ts'

const name = z.string()
const option = name.exactOptional()
const axis = z.looseObject({
  title: name,
  unit: name.nullable(),
  scale: z.enum(['linear', 'log', 'category']),
  from: z.number().exactOptional(),
  to: z.number().exactOptional(),
})
const parts = {
  group: option,
  label: option,
  where: z.looseObject({ column: name, is: z.union([z.string(), z.number(), z.boolean()]) }).exactOptional(),
  axis: z.enum(['y', 'y2']).exactOptional(),
}
const layer = z.discriminatedUnion('mark', [
  z.looseObject({
    mark: z.enum(['line', 'step', 'points', 'bars', 'stack', 'area']),
    x: name,
    y: name,
    low: option,
    high: option,
    text: option,
    dashed: z.boolean().exactOptional(),
    ...parts,
  }),
  z.looseObject({ mark: z.literal('band'), x: name, low: name, high: name, ...parts }),
  z.looseObject({
    mark: z.literal('cells'),
    x: name,
    y: name,
    value: name,
    scale: z.enum(['linear', 'log']).exactOptional(),
    text: option,
    ...parts,
  }),
  z.looseObject({ mark: z.literal('rules'), x: option, y: option, text: option, ...parts }),
])

export const plotSchema: z.ZodType<Plot> = z
  .looseObject({
    name,
    title: name,
    x: axis,
    y: axis,
    y2: axis.exactOptional(),
    layers: z.array(layer),
    notes: z.array(name).exactOptional(),
  })
  .meta({ id: 'Plot' })
