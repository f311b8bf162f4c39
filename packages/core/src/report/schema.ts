import { z } from 'zod'
import type { JsonObject } from '../units/json.ts'
import type { JournalLine } from './journal-line.ts'
import type {
  AnalysisTable,
  CaseResult,
  Distribution,
  Environment,
  Metrics,
  PipelineMetrics,
  ReplicaMetrics,
  StepMetrics,
  RunResult,
  SloResult,
  Trial,
  Verdict,
  ReplayReport,
} from './result.ts'
import type { SearchResult } from './search-result.ts'
import {
  gatesSchema,
  jsonSchema,
  rateSegmentSchema,
  serverPlanSchema,
  trialPlanSchema,
} from './schema-plan.ts'
import { runComparisonSchema } from './schema-comparison.ts'
import { plotSchema } from './schema-plot.ts'
import {
  studyConfigurationSchema,
  studyHeaderSchema,
  studyMeasurementSchema,
  studyResultSchema,
} from './schema-study.ts'

/**
 * The shape of `result.json` and of the trial files, for reading what somebody else may have written. Unknown
 * properties pass: a newer version may add some without a new `schemaVersion`. Importing zod takes about 90 ms, so
 * this module is only imported where a file is read.
 */

const known = z.number().nullable()
const count = z.number().min(0)
const nanos = z.number()
const text = z.string().nullable()
const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), jsonSchema)
const interval = z.tuple([z.number(), known]).meta({ id: 'Interval' })
const caseValues = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

const PERCENTILE = /^p\d+(\.\d+)?$/

const distribution = z
  .looseObject({
    unit: z.literal('ns'),
    count,
    mean: known,
    min: known,
    max: known,
    p50: known,
    p90: known,
    p95: known,
    p99: known,
    'p99.9': known,
    method: z.enum(['exact', 'histogram', 'none']),
    intervals: z.record(z.string(), interval.nullable()),
    why: z.record(z.string(), z.enum(['censored', 'too-few', 'failures'])),
    effectiveCount: known,
    effectiveCounts: z.record(z.string(), z.number()).optional(),
    rmsBound: z.number().exactOptional(),
    hdr: text,
  })
  .refine(
    (value) =>
      Object.entries(value).every(
        ([key, one]) => !PERCENTILE.test(key) || one === null || typeof one === 'number',
      ),
    { error: 'A percentile is neither a number nor null.' },
  )
  .meta({
    id: 'Distribution',
    patternProperties: { [PERCENTILE.source]: { type: ['number', 'null'] } },
  }) as unknown as z.ZodType<Distribution>

const stepMetrics: z.ZodType<StepMetrics> = z
  .looseObject({
    name: z.string(),
    target: z.string().nullable(),
    counts: z.looseObject({
      due: count,
      sent: count,
      completed: count,
      failed: count,
      timedOut: count,
      censored: count,
    }),
    failures: z.record(z.string(), count),
    time: distribution,
    glue: distribution,
    transportWait: distribution,
    firstByte: distribution,
    serverQueue: distribution,
    serverCompute: distribution,
    mean: known,
    glueMean: known,
    share: known,
  })
  .meta({ id: 'StepMetrics' })

const pipelineMetrics: z.ZodType<PipelineMetrics> = z
  .looseObject({
    completed: count,
    response: known,
    before: known,
    glue: distribution,
    glueShare: known,
    steps: z.array(stepMetrics),
  })
  .meta({ id: 'PipelineMetrics' })

const replicaMetrics: z.ZodType<ReplicaMetrics> = z
  .looseObject({
    name: z.string(),
    counts: z.looseObject({
      due: count,
      completed: count,
      failed: count,
      timedOut: count,
      censored: count,
    }),
    failures: z.record(z.string(), count),
    responseTime: distribution,
    inFlight: z.looseObject({ mean: known, max: known }),
  })
  .meta({ id: 'ReplicaMetrics' })

const metricsShape = {
  counts: z.looseObject({
    due: count,
    sent: count,
    completed: count,
    failed: count,
    timedOut: count,
    dropped: count,
    censored: count,
    incorrect: count,
    checked: count,
    retried: count,
    late: count,
  }),
  failures: z.record(z.string(), count),
  offeredLoad: known,
  throughput: known,
  goodput: known,
  rateIntervals: z.looseObject({ throughput: interval.nullable(), goodput: interval.nullable() }),
  items: z.looseObject({ perRequest: known, throughput: known }),
  responseTime: distribution,
  serviceTime: distribution,
  firstByte: distribution,
  dispatchLag: distribution,
  transportWait: distribution,
  messageGap: distribution,
  responseTimeWithFailures: distribution,
  failedResponseTime: distribution,
  serverQueue: distribution,
  serverCompute: distribution,
  inFlight: z.looseObject({ mean: known, max: known }),
  littlesLaw: z.looseObject({ relativeGap: known }),
  labels: z.record(z.string(), distribution).exactOptional(),
  pipeline: pipelineMetrics.exactOptional(),
  replicas: z.array(replicaMetrics).exactOptional(),
}
const metrics: z.ZodType<Metrics> = z.looseObject(metricsShape).meta({ id: 'Metrics' })

const verdict: z.ZodType<Verdict> = z
  .looseObject({
    validity: z.enum(['valid', 'suspect', 'invalid']),
    reasons: z.array(
      z.looseObject({
        code: z.string(),
        severity: z.enum(['suspect', 'invalid', 'note']),
        message: z.string(),
        advice: text,
      }),
    ),
  })
  .meta({ id: 'Verdict' })

const sloVerdict = z.enum(['pass', 'fail', 'undecided'])
const sloTerms = z.array(
  z.looseObject({
    term: z.string(),
    limit: z.number(),
    measured: known,
    interval: interval.nullable(),
    verdict: sloVerdict,
    reason: text,
  }),
)
const slo: z.ZodType<SloResult> = z
  .looseObject({
    verdict: sloVerdict,
    terms: sloTerms,
    deadline: known,
  })
  .meta({ id: 'SloResult' })

const engine = z
  .looseObject({
    name: z.string(),
    scheduler: z.string(),
    cpu: known,
    turn: z.looseObject({ p50: known, p99: known, max: known }),
    gc: z.looseObject({ count, total: nanos }),
    foreignCpu: known,
    stealCpu: known,
    clockDrift: known,
    accounting: known,
  })
  .meta({ id: 'EngineReport' })

const server = z
  .looseObject({
    kind: z.string(),
    plan: serverPlanSchema.nullable(),
    version: text,
    container: z
      .looseObject({
        runtime: z.string(),
        runtimeVersion: z.string(),
        image: z.string(),
        imageId: z.string(),
        digests: z.array(z.string()),
      })
      .exactOptional(),
    effectiveConfig: jsonSchema,
    startup: jsonObject.nullable(),
    stages: z.record(z.string(), known).nullable(),
    batchSizes: z.array(z.looseObject({ size: count, count })).nullable(),
    counters: jsonObject.nullable(),
    totals: z.record(z.string(), z.number()).exactOptional(),
    batching: z
      .record(
        z.string(),
        z.looseObject({ model: z.string(), size: count, instances: count, delay: z.number() }),
      )
      .exactOptional(),
  })
  .meta({ id: 'ServerReport' })

const runTime = z
  .looseObject({
    total: nanos,
    measuring: nanos,
    servers: nanos,
    planning: nanos,
    preparing: nanos,
    finishing: nanos,
    storing: nanos,
  })
  .meta({ id: 'RunTime' })

const attachedServer = z
  .looseObject({
    port: count,
    processes: z.array(z.looseObject({ pid: count, command: z.string() })),
    unknown: text,
  })
  .meta({ id: 'AttachedServer' })

const gauge = z
  .looseObject({
    unit: z.string(),
    device: text,
    mean: known,
    min: known,
    max: known,
    p95: known,
    coverage: z.number(),
  })
  .meta({ id: 'Gauge' })

const replay: z.ZodType<ReplayReport> = z
  .looseObject({
    stream: z.string(),
    lines: z.string(),
    deal: z.string(),
    times: count.nullable(),
    files: z.array(
      z.looseObject({
        file: z.string(),
        bytes: count,
        sha256: z.string(),
        queries: count,
        skipped: count,
        firstSkipped: z.looseObject({ line: count, problem: z.string() }).nullable(),
      }),
    ),
    answers: z.looseObject({
      total: count,
      statuses: z.record(z.string(), count),
      withHits: count,
      zeroHits: count,
    }),
    cyclesNotHeld: count.nullable(),
  })
  .meta({ id: 'ReplayReport' })

const energyReport = z
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

const costReport = z
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

const samplerReport = z
  .looseObject({
    kind: z.string(),
    period: known,
    reads: count,
    missed: count,
    time: nanos,
    longest: nanos,
    problem: text,
    files: z.array(z.string()).exactOptional(),
  })
  .meta({ id: 'SamplerReport' })

const arrowFile = z.looseObject({ path: z.string(), rows: count, complete: z.boolean() }).nullable()

const windowShape = { due: count, completed: count, failed: count, p50: known, p95: known, p99: known }
const window = z
  .looseObject({
    from: nanos,
    until: nanos,
    phase: z.enum(['warmup', 'measurement', 'drain']),
    ...windowShape,
    sent: count.exactOptional(),
    inFlight: known,
    lagP99: known,
    streams: z.record(z.string(), z.looseObject(windowShape)).exactOptional(),
    gauges: z.record(z.string(), known).exactOptional(),
  })
  .meta({ id: 'Window' })

const burst = z
  .looseObject({
    stream: z.string(),
    from: nanos,
    until: nanos,
    counts: z.looseObject({
      due: count,
      completed: count,
      failed: count,
      timedOut: count,
      dropped: count,
      censored: count,
    }),
    failures: z.record(z.string(), count),
    startSpread: known,
    drain: known,
    background: z.looseObject({ stream: z.string(), p95: nanos, limit: nanos, recovery: known }).nullable(),
  })
  .meta({ id: 'Burst' })
const controlPhase = z.looseObject({ from: nanos, until: nanos })
const controlReport = z
  .looseObject({
    stream: z.string(),
    gauge: z.string(),
    unit: z.string(),
    target: z.number(),
    tolerance: z.number(),
    method: z.enum(['controller', 'steps']),
    vary: z.enum(['rate', 'concurrency']),
    most: z.number(),
    period: nanos,
    outcome: z.enum(['held', 'not-held', 'unreachable', 'lost']),
    obstacle: z.enum(['plateau', 'most', 'least']).nullable(),
    plateau: known,
    problem: z.string().nullable(),
    phases: z.looseObject({ warmup: controlPhase, identify: controlPhase, approach: controlPhase }),
    settled: z.boolean(),
    mean: known,
    interval: interval.nullable(),
    coverage: z.number(),
    oscillation: z.looseObject({ deviation: known, p5: known, p95: known, cycle: known }),
    overshoot: z.number(),
    load: z.looseObject({ mean: known, min: known, max: known }),
    moves: count,
    backOffs: count,
    course: z.array(
      z.looseObject({
        at: nanos,
        reading: z.number(),
        load: z.number(),
        phase: z.enum(['warmup', 'identify', 'approach', 'hold', 'unreachable']),
      }),
    ),
  })
  .meta({ id: 'Control' })
const certificate = z
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

const compliance = z
  .looseObject({
    scenario: z.string(),
    rules: z.array(
      z.looseObject({ rule: z.string(), wanted: z.string(), found: z.string(), kept: z.boolean() }),
    ),
    metric: z.looseObject({ name: z.string(), value: known, unit: z.string() }),
    note: z.string(),
  })
  .meta({ id: 'Compliance' })

const span = z.looseObject({ from: nanos, until: nanos })

const coldStart = z
  .looseObject({
    kind: z.enum(['launch', 'idle']),
    idle: known,
    resolution: nanos,
    system: known,
    live: known,
    modelLoad: known,
    modelLoadBy: z.enum(['server', 'calls', 'probes']).nullable(),
    ready: known,
    pause: known,
    firstAnswer: known,
    failedBefore: count,
    warm: known,
    warmCount: count,
    total: known,
    model: z.looseObject({ bytes: z.number(), cached: known }).nullable(),
  })
  .meta({ id: 'ColdStart' })

const agreement = z
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
const quality = z
  .looseObject({
    metric: z.enum(['accuracy', 'top5', 'f1', 'mse', 'function']),
    value: z.number(),
    interval: z.tuple([z.number(), z.number()]).nullable(),
    samples: count,
  })
  .meta({ id: 'Quality' })

const analysis: z.ZodType<AnalysisTable> = z
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

const profile = z
  .looseObject({
    name: z.string(),
    tables: z.array(analysis),
    files: z.array(z.string()),
    notes: z.array(z.string()),
  })
  .meta({ id: 'Profile' })
const counts = z.record(z.string(), z.number())

const staticReport = z
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

export const trialSchema: z.ZodType<Trial> = z
  .looseObject({
    id: z.string(),
    caseId: z.string(),
    file: z.string(),
    path: z.array(z.string()),
    case: caseValues,
    repeat: count,
    role: z.enum(['measurement', 'probe', 'profile', 'study']),
    tags: z.array(z.string()),
    state: z.enum(['completed', 'interrupted', 'failed', 'skipped']),
    error: z
      .looseObject({
        code: z.string(),
        message: z.string(),
        advice: text,
        detail: text,
        exitCode: z.number().exactOptional(),
      })
      .nullable(),
    startedAt: text,
    seed: z.string(),
    plan: trialPlanSchema,
    planHash: z.string(),
    phases: z.looseObject({ warmup: span, measurement: span, drain: span }),
    engine,
    workers: count,
    connections: z.looseObject({
      count,
      opened: count,
      failed: count,
      closed: count,
      connectMean: known,
      handshakeMean: known,
    }),
    payloads: z.looseObject({
      count,
      distinct: count,
      bytes: count,
      datasets: z
        .array(z.looseObject({ file: z.string(), rows: count, bad: count, firstBad: z.string().nullable() }))
        .exactOptional(),
    }),
    ...metricsShape,
    perRequest: z
      .looseObject({ bytesOut: known, bytesIn: known, encodeTime: known, clientCpu: known, serverCpu: known })
      .exactOptional(),
    streams: z.record(z.string(), metrics),
    verdict,
    slo: slo.nullable(),
    server: server.nullable(),
    attached: z.array(attachedServer).exactOptional(),
    gauges: z.record(z.string(), gauge),
    windows: z.array(window),
    events: z.array(z.looseObject({ at: nanos, kind: z.string(), message: z.string() })),
    bursts: z.array(burst).exactOptional(),
    control: controlReport.exactOptional(),
    coldStart: coldStart.exactOptional(),
    agreement: agreement.exactOptional(),
    quality: quality.exactOptional(),
    energy: energyReport.nullable(),
    cost: costReport.nullable(),
    static: z.record(z.string(), staticReport).nullable(),
    steadyState: jsonObject.nullable(),
    records: arrowFile,
    profile: profile.exactOptional(),
    samples: arrowFile.exactOptional(),
    samplers: z.array(samplerReport).exactOptional(),
    replays: z.array(replay).exactOptional(),
    certificate: certificate.nullable().exactOptional(),
    compliance: compliance.nullable().exactOptional(),
  })
  .meta({ id: 'Trial' })

const caseResult: z.ZodType<CaseResult> = z
  .looseObject({
    id: z.string(),
    file: z.string(),
    path: z.array(z.string()),
    case: caseValues,
    tags: z.array(z.string()),
    trials: z.array(z.string()),
    pooled: metrics.nullable(),
    streams: z.record(z.string(), metrics).exactOptional(),
    betweenRepeats: z.record(
      z.string(),
      z.looseObject({ values: z.array(known), mean: known, interval: interval.nullable(), cv: known }),
    ),
    slo: slo.nullable(),
    verdict,
  })
  .meta({ id: 'CaseResult' })

const environment: z.ZodType<Environment> = z
  .looseObject({
    os: z.looseObject({
      platform: z.string(),
      release: z.string(),
      kernel: z.string(),
      arch: z.string(),
      container: text,
    }),
    cpu: z.looseObject({
      model: z.string(),
      cores: count,
      physicalCores: known,
      mhz: known,
      governor: text,
      limit: known,
    }),
    memory: z.looseObject({ total: count, limit: known }),
    accelerators: z.array(z.looseObject({ name: z.string(), memory: known, driver: text })),
    node: z.string(),
    servers: z.record(z.string(), jsonSchema),
  })
  .meta({ id: 'Environment' })

const search: z.ZodType<SearchResult> = z
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
        terms: sloTerms,
      }),
    ),
  })
  .meta({ id: 'SearchResult' })

const order = z.looseObject({
  cases: z.enum(['random', 'as-written']),
  interleave: z.enum(['within-server', 'across-servers']),
})

export const journalLineSchema: z.ZodType<JournalLine> = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('run'),
    schemaVersion: z.literal(1),
    id: z.string(),
    startedAt: z.string(),
    seed: z.string(),
    command: z.array(z.string()),
    environment,
    versions: z.record(z.string(), z.string()),
    gates: gatesSchema.nullable(),
    cases: z.array(z.string()).exactOptional(),
    order: order.exactOptional(),
  }),
  z.looseObject({ type: z.literal('plan'), trial: trialPlanSchema, planHash: z.string() }),
  z.looseObject({ type: z.literal('server'), name: z.string(), value: jsonSchema }),
  z.looseObject({
    type: z.literal('trial-start'),
    trial: z.string(),
    startedAt: z.string(),
    engine: z.string(),
    workers: count,
    connections: count,
  }),
  z.looseObject({ type: z.literal('window'), trial: z.string(), window }),
  z.looseObject({
    type: z.literal('segment'),
    trial: z.string(),
    stream: z.string(),
    at: nanos,
    segment: z.union([rateSegmentSchema, z.looseObject({ concurrency: count })]),
  }),
  z.looseObject({
    type: z.literal('event'),
    trial: z.string().nullable(),
    at: nanos,
    kind: z.string(),
    message: z.string(),
  }),
  z.looseObject({
    type: z.literal('trial-end'),
    trial: z.string(),
    state: z.enum(['completed', 'interrupted', 'failed', 'skipped']),
  }),
  z.looseObject({ type: z.literal('search'), search }),
  z.looseObject({ type: z.literal('study'), study: studyHeaderSchema }),
  z.looseObject({ type: z.literal('study-measurement'), measurement: studyMeasurementSchema }),
  z.looseObject({
    type: z.literal('study-server'),
    study: z.string(),
    point: z.string(),
    server: serverPlanSchema,
  }),
  z.looseObject({
    type: z.literal('study-configurations'),
    study: z.string(),
    configurations: z.array(studyConfigurationSchema),
  }),
  z.looseObject({ type: z.literal('analysis'), table: analysis }),
  z.looseObject({ type: z.literal('comparison'), comparison: runComparisonSchema }),
  z.looseObject({
    type: z.literal('run-end'),
    finishedAt: z.string(),
    interrupted: z.boolean(),
    strict: z.boolean(),
    error: z.looseObject({ code: z.string(), message: z.string(), exitCode: z.number() }).nullable(),
    time: runTime.exactOptional(),
  }),
])

export const runResultSchema: z.ZodType<RunResult> = z.looseObject({
  schemaVersion: z.literal(1),
  run: z.looseObject({
    id: z.string(),
    startedAt: z.string(),
    finishedAt: text,
    seed: z.string(),
    command: z.array(z.string()),
    environment,
    versions: z.record(z.string(), z.string()),
    gates: gatesSchema.nullable(),
    notes: z.array(z.string()),
    exit: z.looseObject({ code: z.number(), reasons: z.array(z.string()) }),
    order: order.extend({ trials: z.array(z.string()) }).exactOptional(),
    time: runTime.exactOptional(),
  }),
  definitions: z.record(z.string(), z.string()),
  trials: z.array(trialSchema),
  cases: z.array(caseResult),
  searches: z.array(search),
  studies: z.array(studyResultSchema).exactOptional(),
  analyses: z.array(analysis),
  comparison: runComparisonSchema.exactOptional(),
})

/** `result.json` as JSON Schema, draft 2020-12: published with the package as `schema/result.schema.json`. */
export function createResultJsonSchema(): object {
  return {
    title: 'servebench result',
    description:
      'result.json of a servebench run. Times are nanoseconds, rates are per second, shares are 0 to 1.',
    ...z.toJSONSchema(runResultSchema, { io: 'input', reused: 'inline' }),
  }
}
