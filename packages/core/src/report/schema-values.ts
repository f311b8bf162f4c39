import { z } from 'zod'
import type { JsonObject } from '../units/json.ts'
import type { Interval } from './result.ts'
import { jsonSchema } from './schema-plan.ts'

/** Values that schemas of many reports are made of. */

export const known: z.ZodType<number | null> = z.number().nullable()
export const count: z.ZodType<number> = z.number().min(0)
export const nanos: z.ZodType<number> = z.number()
export const text: z.ZodType<string | null> = z.string().nullable()
export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), jsonSchema)
export const interval: z.ZodType<Interval> = z.tuple([z.number(), known]).meta({ id: 'Interval' })
export const caseValues: z.ZodType<Readonly<Record<string, string | number | boolean>>> = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]),
)
export const span: z.ZodType<{ from: number; until: number }> = z.looseObject({ from: nanos, until: nanos })
export const counts: z.ZodType<Readonly<Record<string, number>>> = z.record(z.string(), z.number())
