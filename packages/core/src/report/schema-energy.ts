import { z } from 'zod'
import type { CostReport, EnergyReport } from './result.ts'
import { count, known, text } from './schema-values.ts'

export const energyReportSchema: z.ZodType<EnergyReport> = z
  .looseObject({
    scope: z.enum(['system', 'components']),
    includes: z.array(z.string()),
    estimated: z.boolean(),
    power: z.number(),
    energy: z.number(),
    coverage: z.number(),
    sources: z.array(
      z.looseObject({
        gauge: z.string(),
        device: text,
        scope: z.string(),
        method: z.string(),
        power: known,
        coverage: z.number(),
        used: z.boolean(),
      }),
    ),
    crossChecks: z.array(
      z.looseObject({ device: text, counter: z.string(), readings: z.string(), gap: z.number() }),
    ),
    idle: z.looseObject({ power: z.number(), seconds: z.number() }).nullable(),
    perItem: known,
    dynamicPerItem: known,
    perGoodItem: known,
    itemsPerJoule: known,
    energyDelay: known,
    milliwattHoursPer1000: known,
    powerTimesResponse: known,
    inFlight: known,
    itemsPerBattery: known,
    carbon: z
      .looseObject({
        intensity: z.number(),
        region: text,
        year: known,
        source: z.string(),
        kind: text,
        pue: z.number(),
        perItem: known,
        total: z.number(),
        embodied: known,
        sci: known,
      })
      .nullable(),
  })
  .meta({ id: 'EnergyReport' })

export const costReportSchema: z.ZodType<CostReport> = z
  .looseObject({
    model: z.enum(['hourly', 'serverless', 'own']),
    currency: z.string(),
    nodes: count,
    price: z
      .looseObject({
        perHour: z.number(),
        shape: text,
        provider: text,
        region: text,
        asOf: text,
        source: z.string(),
        pricing: text,
      })
      .nullable(),
    perHour: known,
    perMonth: known,
    hoursPerMonth: z.number(),
    itemsPerSecond: known,
    perMillion: known,
    utilization: z.number(),
    perMillionUsed: known,
    itemsPerMonth: known,
    budget: z.looseObject({ amount: z.number(), targets: known, items: known }).nullable(),
    demand: z
      .looseObject({ requests: z.number(), headroom: z.number(), targets: known, perMonth: known })
      .nullable(),
  })
  .meta({ id: 'CostReport' })
