import { z } from 'zod'
import type { RunComparison } from './run-comparison.ts'

const known = z.number().nullable()
const interval = z.tuple([z.number(), known]).nullable()
const verdict = z.enum(['regression', 'improvement', 'equivalent', 'inconclusive'])
const metric = z.enum(['responseTime.p50', 'responseTime.p99', 'throughput', 'goodput', 'errorRate'])

const run = z.looseObject({
  id: z.string(),
  startedAt: z.string(),
  seed: z.string(),
  versions: z.record(z.string(), z.string()),
})

const difference = z.looseObject({
  scope: z.enum(['environment', 'engine', 'plan']),
  path: z.string(),
  base: z.string(),
  other: z.string(),
  blocking: z.boolean(),
})

const metricComparison = z.looseObject({
  metric: z.string(),
  unit: z.enum(['ns', '1/s', '1']),
  better: z.enum(['lower', 'higher']),
  base: known,
  other: known,
  difference: known,
  ratio: known,
  differenceInterval: interval,
  ratioInterval: interval,
  method: z.enum(['repeats', 'within', 'none']),
})

const judgement = z.looseObject({
  metric,
  verdict,
  reason: z.string(),
  neededRepeats: known,
  threshold: z.number(),
  estimate: known,
  interval,
  confidence: known,
  bootstrap: interval,
  bootstrapScope: z.enum(['repeats', 'within-run']),
  pValue: known,
  adjustedP: known,
  equivalenceP: known,
  cliffsDelta: known,
})

/** A run against its baseline, inside `result.json` and the journal. */
export const runComparisonSchema: z.ZodType<RunComparison> = z
  .looseObject({
    schemaVersion: z.literal(1),
    baseline: z.string(),
    accepted: z.boolean(),
    base: run,
    other: run,
    differences: z.array(difference),
    forced: z.boolean(),
    settings: z.looseObject({
      level: z.number(),
      power: z.number(),
      thresholds: z.record(metric, z.number()),
    }),
    verdict: verdict.nullable(),
    cases: z.array(
      z.looseObject({
        id: z.string(),
        name: z.string(),
        differences: z.array(difference),
        refused: z.array(z.string()),
        repeats: z.looseObject({ base: z.number(), other: z.number() }),
        metrics: z.array(metricComparison),
        judgements: z.array(judgement),
        verdict: verdict.nullable(),
        notes: z.array(z.string()),
      }),
    ),
    onlyInBase: z.array(z.string()),
    onlyInOther: z.array(z.string()),
  })
  .meta({ id: 'Comparison' })
