import { z } from 'zod'
import { sloTermsSchema } from './schema-trial.ts'
import { caseValues, interval, known, nanos } from './schema-values.ts'
import type { SearchResult } from './search-result.ts'

export const searchSchema: z.ZodType<SearchResult> = z
  .looseObject({
    id: z.string(),
    kind: z.literal('findMax'),
    file: z.string(),
    path: z.array(z.string()),
    case: caseValues,
    vary: z.enum(['rate', 'concurrency']),
    from: z.number(),
    to: z.number(),
    precision: z.number(),
    confidence: z.number(),
    atLeast: known,
    plan: z.looseObject({ demand: z.number(), headroom: z.number(), spares: z.number() }).exactOptional(),
    outcome: z.enum([
      'running',
      'interrupted',
      'found',
      'above-range',
      'below-range',
      'error-prone',
      'non-monotone',
      'generator-limited',
      'undecided',
      'unconfirmed',
      'failed',
    ]),
    message: z.string(),
    answer: z
      .looseObject({ value: z.number(), interval, throughput: known, trials: z.array(z.string()) })
      .nullable(),
    notes: z.array(z.string()),
    probes: z.array(
      z.looseObject({
        trial: z.string(),
        value: z.number(),
        purpose: z.enum([
          'lowest',
          'raise',
          'bisect',
          'recheck',
          'extend',
          'retry',
          'look-above',
          'confirm',
          'above',
        ]),
        verdict: z.enum(['pass', 'fail', 'undecided', 'generator-limited', 'broken']),
        reason: z.string(),
        validity: z.enum(['valid', 'suspect', 'invalid']),
        duration: nanos,
        offeredLoad: known,
        throughput: known,
        errorRate: known,
        p50: known,
        p99: known,
        terms: sloTermsSchema,
      }),
    ),
  })
  .meta({ id: 'SearchResult' })
