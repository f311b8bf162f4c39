import * as z from 'zod'
import { show } from '../dsl/problems.ts'

/** The shape of a configuration file. Imported only when there is one: it costs more than all of the rest. */

const expected =
  (what: string) =>
  (issue: { readonly input?: unknown }): string =>
    `expected ${what}, not ${show(issue.input)}.`

const duration = z
  .string({ error: expected("a duration with a unit, such as '50ms' or '30s'") })
  .regex(/^\s*(\d+(\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)\s*$/, {
    error: expected("a duration with a unit, such as '500us', '50ms', '30s', '5m' or '24h'"),
  })
const longDuration = z
  .string({ error: expected("a duration with a unit, such as '50ms' or '30s'") })
  .regex(/^(?=.*[1-9])\s*(\d+(\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)\s*$/, {
    error: expected("a duration above zero with a unit, such as '500us', '50ms', '30s', '5m' or '24h'"),
  })
const size = z
  .string({ error: expected("a size with a unit, such as '64KiB' or '2MiB'") })
  .regex(/^\s*\d+(\.\d+)?\s?(B|kB|KiB|MB|MiB|GB|GiB|TB|TiB)\s*$/, {
    error: expected("a size with a unit, such as '64KiB', '2MiB' or '1GB'"),
  })
const count = z
  .int({ error: expected('a whole number from 1') })
  .min(1, { error: expected('a whole number from 1') })
const natural = (most: number): z.ZodInt =>
  z
    .int({ error: expected(`a whole number from 0 to ${most}`) })
    .min(0, { error: expected(`a whole number from 0 to ${most}`) })
    .max(most, { error: expected(`a whole number from 0 to ${most}`) })
const countOrAuto = z.union([count, z.literal('auto')], {
  error: expected("a whole number from 1, or 'auto'"),
})
const boolean = z.boolean({ error: expected('true or false') })
const text = z.string({ error: expected('text') }).min(1, { error: expected('text') })
const texts = z.array(text, { error: expected('a list of text') })
const choice = <const T extends readonly [string, ...string[]]>(words: T) =>
  z.enum(words, { error: expected(`one of ${words.map((word) => `'${word}'`).join(', ')}`) })

const members = <T extends z.ZodRawShape>(shape: T) => z.strictObject(shape, { error: expectedObject })
const expectedObject = (issue: {
  readonly code?: string | undefined
  readonly input?: unknown
}): string | undefined => (issue.code === 'invalid_type' ? expected('an object')(issue) : undefined)

const json = z.record(z.string(), z.json())
const entries = z.array(
  z.union([text, z.tuple([text, json])], {
    error: expected("a name, or a name with options such as ['json', { file: 'out.json' }]"),
  }),
  {
    error: expected('a list of names'),
  },
)

const limit = z
  .union([z.number().min(0), z.null()], { error: expected('a number from 0, or null') })
  .optional()
const gate = members({ suspect: limit, invalid: limit }).optional()

const between = (low: number, high: number): z.ZodNumber =>
  z
    .number({ error: expected(`a number from ${low} to ${high}`) })
    .min(low)
    .max(high)
const positive = z.number({ error: expected('a number above 0') }).gt(0)
const share = z
  .number({ error: expected('a share above 0 and at most 1') })
  .gt(0)
  .lte(1)

const pointer = z.string().regex(/^\//, { error: expected("a place in JSON such as '/carbonIntensity'") })
const percentile = z.number().min(1).max(99.999)

export const configSchema: z.ZodType = members({
  $schema: z.string().optional(),
  include: texts.optional().describe('Globs of bench files, relative to the root.'),
  exclude: texts.optional().describe('Globs of files that are no bench files after all.'),
  repeats: count
    .max(10_000, { error: expected('a whole number from 1 to 10000') })
    .optional()
    .describe('Trials of each case; 1 by default.'),
  seed: z
    .union([text, z.number()], { error: expected('text or a number') })
    .optional()
    .describe('Fixes schedules, inputs and order; random by default.'),
  output: text
    .optional()
    .describe("Folder of the results, relative to the root; 'servebench-results' by default."),
  peaks: text
    .optional()
    .describe('File with the peaks of further devices, relative to the root; none by default.'),
  reporters: entries.optional().describe("Reporters by name, alone or with options; ['console'] by default."),
  plugins: entries.optional().describe('Plugins beside those that the targets of bench files bring along.'),
  samplers: entries.optional().describe('Samplers that run in every trial.'),
  collectTimeout: longDuration
    .optional()
    .describe("How long importing and planning one bench file may take; '10s' by default."),
  watch: texts.optional().describe('Globs of further files whose change reruns everything in watch mode.'),
  comparison: members({
    level: z.number().gt(0).lt(0.5).optional(),
    power: z.number().gt(0.5).lt(1).optional(),
    thresholds: members(
      Object.fromEntries(
        ['responseTime.p50', 'responseTime.p99', 'throughput', 'goodput', 'errorRate'].map((metric) => [
          metric,
          z.number().gt(0).lt(10).optional(),
        ]),
      ),
    ).optional(),
  })
    .optional()
    .describe(
      'How a run is compared with its baseline: level, power, and what is too small a change to matter.',
    ),
  bail: boolean.optional().describe('Stops after the first trial that fails, is invalid or misses its SLO.'),
  strict: boolean.optional().describe('Takes suspect measurements for invalid ones.'),
  order: choice(['random', 'as-written'])
    .optional()
    .describe("Order of the cases in each round of repeats; 'random' (seeded) by default."),
  interleave: choice(['within-server', 'across-servers'])
    .optional()
    .describe(
      "Whether repeats go round within each server process or across all; 'within-server' by default.",
    ),
  warmup: z
    .union(
      [
        z.literal(['auto', 'perf-analyzer']),
        duration,
        z.int().min(0),
        members({ requests: natural(Number.MAX_SAFE_INTEGER) }),
        members({
          until: z.literal('stable'),
          method: choice(['auto', 'windows']).optional(),
          minimum: duration.optional(),
          requests: natural(Number.MAX_SAFE_INTEGER).optional(),
          maximum: longDuration.optional(),
          windows: z.int().min(2).max(100).optional(),
          within: z.number().min(0.001).max(10).optional(),
          window: longDuration.optional(),
        }),
      ],
      {
        error: expected(
          "a duration such as '2s', a number of requests, { requests }, 'auto', 'perf-analyzer' or { until: 'stable' }",
        ),
      },
    )
    .optional()
    .describe(
      "How long, or for how many settled requests, the load runs before the measurement, or until it is steady; '2s' by default.",
    ),
  until: z
    .union(
      [
        members({
          rule: z.literal('certified'),
          percentile,
          limit: longDuration.optional(),
          confidence: z.number().min(0.5).max(0.999999).optional(),
          margin: z.number().min(0.001).max(10).optional(),
          requests: natural(Number.MAX_SAFE_INTEGER).optional(),
          dependence: choice(['measured', 'ignored']).optional(),
          maximum: longDuration.optional(),
        }),
        members({
          rule: z.literal('precise').optional(),
          percentile,
          halfWidth: z.number().min(0.0001).max(10),
          maximum: longDuration.optional(),
        }),
      ],
      { error: expected("{ percentile, halfWidth }, or { rule: 'certified', percentile, limit }") },
    )
    .optional()
    .describe('What must be known before a measurement may end; nothing by default.'),
  duration: longDuration
    .optional()
    .describe("Length of the measurement, with `until` the least one; '10s' by default."),
  drain: duration
    .optional()
    .describe("How long arrivals go on, and answers are awaited, after the measurement; '5s' by default."),
  cooldown: duration.optional().describe("Pause after a trial; '0s' by default."),
  timeout: longDuration
    .optional()
    .describe("From the intended start; a request that passes it is cancelled; '30s' by default."),
  retry: z
    .union([natural(100), members({ attempts: natural(100).optional(), on: texts.optional() })], {
      error: expected('a number of further attempts, or { attempts, on }'),
    })
    .optional()
    .describe('Further attempts after a failed one; none by default.'),
  connections: z
    .union(
      [
        count,
        members({
          count: countOrAuto.optional(),
          streams: countOrAuto.optional(),
          reuse: choice(['keep-alive', 'per-request']).optional(),
          open: choice(['before', 'on-demand', 'auto']).optional(),
        }),
      ],
      { error: expected('a number of connections, or { count, streams, reuse, open }') },
    )
    .optional()
    .describe('A number, or how connections are used, for all workers together.'),
  maxInFlight: count
    .max(1_000_000, { error: expected('a whole number from 1 to 1000000') })
    .optional()
    .describe('Requests in flight at most, over all workers; 10000 by default.'),
  overflow: choice(['queue', 'drop'])
    .optional()
    .describe("What happens to a due request beyond maxInFlight; 'queue' by default."),
  workers: z
    .union([count.max(256), z.literal('auto')], {
      error: expected("a whole number from 1 to 256, or 'auto'"),
    })
    .optional()
    .describe("Load threads; 'auto' by default."),
  records: choice(['all', 'sample', 'none'])
    .optional()
    .describe("Which requests leave a row in the records; 'all' by default."),
  maxResponseBytes: size.optional().describe("An answer above this size fails; '64MiB' by default."),
  payloads: members({ count: count.optional(), bytes: size.optional() })
    .optional()
    .describe('The ring of distinct payloads that is encoded before a trial.'),
  gates: members({
    dispatchLag: members({
      suspect: limit,
      invalid: limit,
      floorSuspect: duration.optional(),
      floorInvalid: duration.optional(),
    }).optional(),
    dispatched: gate,
    loadThreadCpu: gate,
    accounting: gate,
    littlesLaw: gate,
    foreignCpu: gate,
    clockDrift: gate,
  })
    .optional()
    .describe('Limits of the validity verdict.'),
  energy: members({
    idle: duration.optional(),
    region: text.optional(),
    intensity: between(0, 3000).optional(),
    table: text.optional(),
    pue: between(1, 10).optional(),
    embodied: members({ kilograms: positive, years: positive, share: share.optional() }).optional(),
    live: members({
      name: text.optional(),
      url: z.string().regex(/^https?:\/\//, { error: expected('a URL of http or https') }),
      pointer: z.union([pointer, z.array(pointer).min(1)]),
      token: z
        .union([
          members({ secret: z.literal('env'), name: text }),
          members({ secret: z.literal('file'), path: text }),
        ])
        .optional(),
      header: text.optional(),
    }).optional(),
  })
    .optional()
    .describe(
      'Energy per item, and its carbon: idle baseline, region or intensity, PUE, embodied carbon, a live source.',
    ),
  cost: members({
    prices: text.optional(),
    shape: text.optional(),
    price: positive.optional(),
    currency: z
      .string()
      .regex(/^[A-Z]{3}$/, { error: expected("a currency of three letters, such as 'USD'") })
      .optional(),
    nodes: count.max(1_000_000).optional(),
    hoursPerMonth: between(1, 744).optional(),
    utilization: share.optional(),
    serverless: members({ service: text, memory: size }).optional(),
    own: members({
      price: positive,
      years: positive,
      perKWh: between(0, 1e12),
      watts: positive.optional(),
      pue: between(1, 10).optional(),
      utilization: share.optional(),
    }).optional(),
    budget: positive.optional(),
    demand: positive.optional(),
    headroom: between(0, 0.95).optional(),
  })
    .optional()
    .describe('What the measured throughput costs: prices and shape, a price, own machines, or serverless.'),
})

/** The published JSON Schema. */
export function configJsonSchema(): object {
  return {
    ...z.toJSONSchema(configSchema, { io: 'input' }),
    title: 'servebench configuration',
    description: 'servebench.config.json, or the key "servebench" of a package.json.',
  }
}
