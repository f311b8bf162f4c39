import { caseName } from '../case-name.ts'
import { formatNanos, formatShare } from '../quantity.ts'
import type { AnalysisTable, Distribution, Metrics, RunResult } from '../result.ts'
import { caseSeries } from './case-series.ts'
import { serverTimeOf } from './server-time.ts'
import { byScenario, soundCases, type SoundCase } from './sound-cases.ts'

/** A stretch of a request's way; stretches of one request follow each other, so that their means add up. */
export interface Stage {
  readonly name: string
  /** ns. */
  readonly mean: number
  /** `null` where only the mean is known. */
  readonly p99: number | null
}

/** Where the mean response time of a stream goes. */
export interface Breakdown {
  /** In the order in which a request comes through them. */
  readonly stages: readonly Stage[]
  /** Mean response time, ns: the sum of the stages, of which `rest` is what the others leave. */
  readonly response: number
  readonly p99: number | null
  /** To make the bytes of a request, ns: done before the load, and no part of the response time. */
  readonly encode: number | null
  /** Whether the server says what it does, or the target is a pipeline. */
  readonly isDetailed: boolean
}

/** What a stage's name means, for the columns of tables. */
const MEANINGS: Readonly<Record<string, string>> = {
  encode:
    'To make the bytes of a request, at the client; done before the load, so it comes on top of the response time.',
  lag: 'Dispatch lag: what the load generator was late by.',
  wait: 'Transport wait: for a connection, a stream, or back-pressure.',
  service: 'From the last byte sent to the last byte received: the server does not say what it did.',
  network: 'Service time less the server’s own account: both ways, and the server’s front end.',
  queue: 'In the server’s queue.',
  input: 'Preparing inputs for the model.',
  infer: 'Running the model.',
  output: 'Taking outputs from the model.',
  compute: 'Computing, as the server says with each answer.',
  other: 'What the server counts for a request but for no stage of it.',
  before: 'Dispatch lag, and attempts before the last one.',
  glue: 'Between the steps: decoding, `check`, `input`, encoding.',
  rest: 'What the other stages leave of the mean response time.',
}

/** Below this share of the response time what is left is a matter of the last digits. */
const LAST_DIGITS = 1e-9

/** The stages of the requests of a case, or of one of its streams; `null` when nothing was completed. */
export function breakDown({ one, metrics: all, trials }: SoundCase, stream: string): Breakdown | null {
  const metrics = one.streams?.[stream] ?? all
  const response = metrics.responseTime.mean
  const service = metrics.serviceTime.mean
  if (response === null || service === null) return null
  const encodes = trials.flatMap(({ perRequest }) => perRequest?.encodeTime ?? [])
  const server = metrics.pipeline === undefined ? serverTimeOf(trials, stream, metrics) : null
  const known = metrics.pipeline === undefined ? requestStages(metrics, service, server) : stepStages(metrics)
  const rest = response - known.reduce((sum, { mean }) => sum + mean, 0)
  return {
    stages:
      Math.abs(rest) <= LAST_DIGITS * response ? known : [...known, { name: 'rest', mean: rest, p99: null }],
    response,
    p99: metrics.responseTime.p99,
    encode:
      encodes.length === 0 || one.streams !== undefined
        ? null
        : encodes.reduce((sum, value) => sum + value, 0) / encodes.length,
    isDetailed: server !== null || metrics.pipeline !== undefined,
  }
}

function requestStages(
  metrics: Metrics,
  service: number,
  server: ReturnType<typeof serverTimeOf>,
): readonly Stage[] {
  const { dispatchLag, transportWait, serviceTime, serverQueue, serverCompute } = metrics
  const before = [stageOf('lag', dispatchLag), stageOf('wait', transportWait)]
  if (server === null) return [...before, { name: 'service', mean: service, p99: serviceTime.p99 }]
  const p99s: Readonly<Record<string, number | null>> = { queue: serverQueue.p99, compute: serverCompute.p99 }
  return [
    ...before,
    { name: 'network', mean: service - server.total, p99: null },
    ...server.parts.map(({ name, mean }) => ({ name, mean, p99: p99s[name] ?? null })),
  ]
}

function stepStages({ pipeline }: Metrics): readonly Stage[] {
  if (pipeline === undefined) return []
  return [
    { name: 'before', mean: pipeline.before ?? 0, p99: null },
    ...pipeline.steps.map(({ name, mean, time }) => ({ name, mean: mean ?? 0, p99: time.p99 })),
    stageOf('glue', pipeline.glue),
  ]
}

function stageOf(name: string, { mean, p99 }: Distribution): Stage {
  return { name, mean: mean ?? 0, p99 }
}

interface Row {
  readonly name: string
  readonly measured: SoundCase
  readonly found: Breakdown
}

/** For every scenario: where the mean response time goes, case by case. */
export function analyseBreakdown(result: RunResult): readonly AnalysisTable[] {
  return byScenario(soundCases(result)).flatMap((cases) => {
    const rows = cases.flatMap((measured): readonly Row[] => {
      const streams = Object.keys(measured.one.streams ?? { main: null })
      return streams.flatMap((stream) => {
        const found = breakDown(measured, measured.one.streams === undefined ? onlyStream(measured) : stream)
        const name = [
          caseName(measured.one.case),
          ...(measured.one.streams === undefined ? [] : [stream]),
        ].filter((part) => part !== '')
        return found === null ? [] : [{ name: name.join(' · '), measured, found }]
      })
    })
    if (rows.length === 0) return []
    const scenario = (cases[0].one.path ?? []).join(' > ')
    const isDetailed = rows.some(({ found }) => found.isDetailed)
    return [...(isDetailed ? [meansTable(scenario, rows)] : []), stagesTable(scenario, rows)]
  })
}

function onlyStream({ trials }: SoundCase): string {
  return Object.keys(trials[0]?.plan.streams ?? {})[0] ?? 'main'
}

function stageNames(rows: readonly Row[]): readonly string[] {
  const names = [...new Set(rows.flatMap(({ found }) => found.stages.map(({ name }) => name)))]
  return [...names.filter((name) => name !== 'rest'), ...(names.includes('rest') ? ['rest'] : [])]
}

/** A row for each case, for readers of text. */
function meansTable(scenario: string, rows: readonly Row[]): AnalysisTable {
  const names = stageNames(rows)
  const hasEncode = rows.some(({ found }) => found.encode !== null)
  const meaning = (name: string): object =>
    MEANINGS[name] === undefined
      ? { description: 'A step, from its start to its answer.' }
      : { description: MEANINGS[name] }
  const meanOf = ({ found }: Row, stage: string): number | null =>
    found.stages.find(({ name }) => name === stage)?.mean ?? null
  return {
    name: 'breakdown',
    title: `${scenario}: where the mean response time goes`,
    columns: [
      { name: 'case', unit: null },
      ...(hasEncode ? [{ name: 'encode', unit: 'ns', ...meaning('encode') }] : []),
      ...names.map((name) => ({ name, unit: 'ns', ...meaning(name) })),
      { name: 'mean', unit: 'ns', description: 'Mean response time: the sum of all stages but encode.' },
    ],
    rows: rows.map((row) => [
      row.name,
      ...(hasEncode ? [row.found.encode] : []),
      ...names.map((name) => meanOf(row, name)),
      row.found.response,
    ]),
    notes: notesOn(rows),
  }
}

function notesOn(rows: readonly Row[]): readonly string[] {
  const largest = rows.flatMap(({ name, found }) => {
    const [stage] = found.stages.toSorted((a, b) => b.mean - a.mean)
    return stage === undefined || !(found.response > 0)
      ? []
      : [{ name, stage, share: stage.mean / found.response }]
  })
  const stages = new Set(largest.map(({ stage }) => stage.name))
  const shares = largest.map(({ share }) => share)
  const [first] = largest
  const negative = rows.filter(({ found }) =>
    found.stages.some(({ name, mean }) => name === 'network' && mean < 0),
  )
  const unequal = rows.filter(({ found }) => found.stages.some(({ name }) => name === 'rest'))
  return [
    ...(first !== undefined && stages.size === 1
      ? [
          `Most goes into ${first.stage.name}: ${[...new Set([Math.min(...shares), Math.max(...shares)].map(formatShare))].join(' to ')} of the response time.`,
        ]
      : []),
    'Means add up, percentiles of stages do not.',
    ...(negative.length === 0
      ? []
      : [
          `By its own account the server took longer than its client has waited (${negative.map(({ name }) => name || 'the case').join(', ')}): it counts other requests as well, or means of other moments.`,
        ]),
    ...(unequal.length === 0
      ? []
      : [
          `Requests that failed have a lag and a wait, but no response time; rest is what that changes, at most ${formatNanos(Math.max(...unequal.map(({ found }) => Math.abs(found.stages.at(-1)?.mean ?? 0))))}.`,
        ]),
  ]
}

/** A row for each stage, for plots. */
function stagesTable(scenario: string, rows: readonly Row[]): AnalysisTable {
  const batches = batchesOf(rows)
  return {
    name: 'stages',
    title: `${scenario}: stages of a request`,
    columns: [
      { name: 'case', unit: null },
      { name: 'batch', unit: null, description: 'Inferences per request.' },
      { name: 'stage', unit: null },
      { name: 'mean', unit: 'ns' },
      { name: 'share', unit: '1', description: 'Of the mean response time.' },
      { name: 'p99', unit: 'ns', description: 'Of the stage by itself; null: only its mean is known.' },
    ],
    rows: rows.flatMap(({ name, measured, found }) => {
      const { perRequest } = measured.metrics.items
      const label = name === '' ? (measured.one.path.at(-1) ?? '') : name
      const row = ({ name: stage, mean, p99 }: Stage): AnalysisTable['rows'][number] => [
        label,
        perRequest,
        stage,
        mean,
        found.response > 0 ? mean / found.response : null,
        p99,
      ]
      return [
        ...(found.encode === null ? [] : [[label, perRequest, 'encode', found.encode, null, null]]),
        ...found.stages.map(row),
      ]
    }),
    notes: [],
    plots: [
      plotOf('stages', `${scenario}: mean time by stage`, 'case'),
      ...(batches ? [plotOf('stages-by-batch', `${scenario}: mean time by stage and batch`, 'batch')] : []),
      {
        name: 'stage-p99',
        title: `${scenario}: p99 of each stage`,
        x: { title: 'Case', unit: null, scale: 'category' },
        y: { title: 'p99', unit: 'ns', scale: 'log' },
        layers: [{ mark: 'points', x: 'case', y: 'p99', group: 'stage' }],
        notes: [
          'Each stage by itself: the slowest requests of one stage are not those of another, so these do not add up.',
        ],
      },
    ],
    plotOnly: true,
  }
}

/** Whether cases are one series by their batch. */
function batchesOf(rows: readonly Row[]): boolean {
  const sized = rows.flatMap(({ measured }) => {
    const { perRequest } = measured.metrics.items
    return perRequest === null ? [] : [{ one: measured.one, size: perRequest }]
  })
  const series = caseSeries(sized)
  return series.length === 1 && series[0]?.axis !== null && series[0]?.items.length === rows.length
}

function plotOf(
  name: string,
  title: string,
  x: 'case' | 'batch',
): NonNullable<AnalysisTable['plots']>[number] {
  return {
    name,
    title,
    x: { title: x === 'case' ? 'Case' : 'Inferences per request', unit: null, scale: 'category' },
    y: { title: 'Mean time', unit: 'ns', scale: 'linear' },
    layers: [{ mark: 'stack', x, y: 'mean', group: 'stage' }],
    notes: [
      'The means of the stages add up to the mean response time; encode, where it is shown, comes before it.',
    ],
  }
}
