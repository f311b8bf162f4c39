import type { JsonValue } from '../../units/json.ts'
import type { Plot } from '../plot.ts'
import type { AnalysisTable } from '../result.ts'
import {
  knownColumns,
  memoryColumns,
  powerColumns,
  stageColumns,
  utilizationColumns,
  type StudyColumn,
} from '../study/study-columns.ts'
import type { StudyPoint, StudyResult } from '../study/study-result.ts'
import { atLoads, type AtLoad } from './study-loads.ts'
import { shortName } from './study-names.ts'
import { markOf } from './study-ranking.ts'

/** In the ids of chapters. */
export const CHAPTER = 'configuration-'

/**
 * One configuration in detail: what it does at each load, where the time goes there, and the batches that the server made.
 * Model Analyzer's detailed report, and what it lacks: other percentiles, intervals, errors.
 * @param open somebody asked for it by name
 */
export function detailTables(study: StudyResult, point: StudyPoint, open = false): readonly AnalysisTable[] {
  const loads = atLoads(study, point)
  const standing = markOf(study, point)
  const name = shortName(study, point).replaceAll(',', ', ') || point.name || 'as it is'
  const chapter = {
    id: `${CHAPTER}${study.id}-${point.id}`,
    title: standing === '' ? name : `${name} (${standing})`,
    ...(open ? { open } : {}),
  }
  const tables =
    loads.length === 0
      ? [failed(study, point)]
      : [...loadTable(study, point, loads), ...batchTable(study, point, loads)]
  return tables.map((table) => ({ ...table, title: `${table.title}: ${name}`, chapter }))
}

function nameOf(what: string, study: StudyResult, point: StudyPoint): string {
  return `study-${what}-${study.id}-${point.id}`
}

function failed(study: StudyResult, point: StudyPoint): AnalysisTable {
  const { error } = point
  return {
    name: nameOf('loads', study, point),
    title: 'Could not be measured',
    columns: [],
    rows: [],
    notes: [
      error?.message ?? 'No request was completed.',
      ...(error?.detail == null
        ? []
        : [`The end of the log: ${error.detail.trim().split('\n').at(-1)?.slice(0, 300)}`]),
    ],
  }
}

const LATENCIES: readonly StudyColumn[] = [
  { metric: 'responseTime.p50', title: 'p50', unit: 'ns' },
  { metric: 'responseTime.p90', title: 'p90', unit: 'ns' },
  { metric: 'responseTime.p95', title: 'p95', unit: 'ns' },
  { metric: 'responseTime.p99', title: 'p99', unit: 'ns' },
]
/** What a narrow table leaves out. */
const RANKS: Readonly<Record<string, number>> = { p90: 1, p95: 2 }

function loadTable(
  study: StudyResult,
  point: StudyPoint,
  loads: readonly AtLoad[],
): readonly AnalysisTable[] {
  const all = loads.flatMap(({ measurements }) => measurements)
  const isSwept = study.plan.loads !== null
  const load = study.plan.loads?.vary === 'rate' ? 'rate' : 'users'
  const stages = stageColumns(all)
  const memory = memoryColumns(all)
  const utilization = utilizationColumns(all)
  const hasErrors = loads.some((one) => (one.value('errorRate') ?? 0) > 0)
  const columns = knownColumns(all, [
    ...LATENCIES,
    {
      metric: 'serviceTime.mean',
      title: 'wait for the answer',
      unit: 'ns',
      description: 'Mean, from sending on.',
    },
    ...stages,
    { metric: 'throughput', title: 'throughput', unit: '1/s' },
    ...(hasErrors ? [{ metric: 'errorRate', title: 'errors', unit: '1' }] : []),
    ...memory,
    ...utilization,
    ...powerColumns(all),
  ])
  return [
    {
      name: nameOf('loads', study, point),
      title: 'By load',
      columns: [
        ...(isSwept ? [{ name: load, unit: load === 'rate' ? '1/s' : null }] : []),
        ...columns.map(({ title, unit, description }) => ({
          name: title,
          unit,
          ...(description === undefined ? {} : { description }),
          ...(RANKS[title] === undefined ? {} : { rank: RANKS[title] }),
        })),
        { name: 'keeps limits', unit: null },
      ],
      rows: loads.map((one): JsonValue[] => [
        ...(isSwept ? [one.load] : []),
        ...columns.map(({ metric }) => one.value(metric)),
        one.measurements.every(({ violation }) => violation <= 0) ? 'yes' : 'no',
      ]),
      notes: countNote(loads),
      plots: [
        ...(isSwept ? byLoad(load, columns) : []),
        ...[...memory, ...utilization].map((column) => againstLatency(column, isSwept ? load : null)),
      ],
    },
    ...componentTable(study, point, loads, stages),
  ]
}

function countNote(loads: readonly AtLoad[]): readonly string[] {
  const repeated = loads.filter(({ measurements }) => measurements.length > 1)
  const disturbed = loads.filter(({ measurements }) =>
    measurements.every(({ validity }) => validity === 'invalid'),
  )
  return [
    ...(repeated.length === 0 || loads.length === 0
      ? []
      : [
          `Means over ${repeated.map(({ load, measurements }) => `${measurements.length} measurements${load === null ? '' : ` at ${round(load)}`}`).join(', ')}.`,
        ]),
    ...(disturbed.length === 0
      ? []
      : [
          `Something disturbed all measurements${disturbed[0]?.load === null ? '' : ` at ${disturbed.map(({ load }) => round(load ?? 0)).join(', ')}`}.`,
        ]),
  ]
}

function byLoad(load: string, columns: readonly StudyColumn[]): readonly Plot[] {
  const x = { title: load, unit: load === 'rate' ? '1/s' : null, scale: 'log' } as const
  const known = columns.filter(({ title }) => ['p50', 'p90', 'p99'].includes(title))
  return [
    {
      name: 'throughput',
      title: 'Throughput by load',
      x,
      y: { title: 'throughput', unit: '1/s', scale: 'linear' },
      layers: [
        { mark: 'line', x: load, y: 'throughput', label: 'throughput' },
        { mark: 'points', x: load, y: 'throughput', label: 'throughput' },
      ],
    },
    {
      name: 'latency',
      title: 'Response time by load',
      x,
      y: { title: 'response time', unit: 'ns', scale: 'log' },
      layers: known.map(({ title }) => ({ mark: 'line', x: load, y: title, label: title }) as const),
    },
  ]
}

/** @param load the column with what stands at each point */
function againstLatency({ title, unit }: StudyColumn, load: string | null): Plot {
  return {
    name: `${title.toLowerCase().replaceAll(' ', '-')}-latency`,
    title: `${title[0]?.toUpperCase()}${title.slice(1)} and latency`,
    x: { title: 'p99 response time', unit: 'ns', scale: 'log' },
    y: { title, unit, scale: 'linear', ...(unit === '1' ? { from: 0, to: 1 } : {}) },
    layers: [{ mark: 'points', x: 'p99', y: title, label: title, ...(load === null ? {} : { text: load }) }],
    ...(load === null ? {} : { notes: [`At each point: ${load}.`] }),
  }
}

/** Means add up, percentiles do not: parts of the mean response time. */
function componentTable(
  study: StudyResult,
  point: StudyPoint,
  loads: readonly AtLoad[],
  stages: readonly StudyColumn[],
): readonly AnalysisTable[] {
  const rows = loads.flatMap((one): JsonValue[][] => {
    const response = one.value('responseTime.mean')
    const service = one.value('serviceTime.mean')
    if (response === null || service === null) return []
    const inside = stages.map(({ metric }) => one.value(metric) ?? 0)
    const server = inside.reduce((sum, part) => sum + part, 0)
    const at = one.load === null ? 'all' : String(round(one.load))
    return [
      ...stages.map(({ title }, index): JsonValue[] => [at, `server: ${title}`, inside[index] ?? 0]),
      [
        at,
        stages.length === 0 ? 'server and network' : 'network and the rest',
        Math.max(0, service - server),
      ],
      [at, 'before it is sent', Math.max(0, response - service)],
    ]
  })
  if (rows.length === 0) return []
  return [
    {
      name: nameOf('components', study, point),
      title: 'Where the time goes',
      columns: [
        { name: 'load', unit: null },
        { name: 'part', unit: null },
        { name: 'mean', unit: 'ns' },
      ],
      rows,
      notes: [],
      plots: [
        {
          name: 'parts',
          title: 'Where the time goes, by load',
          x: { title: study.plan.loads?.vary === 'rate' ? 'rate' : 'users', unit: null, scale: 'category' },
          y: { title: 'mean response time', unit: 'ns', scale: 'linear' },
          layers: [{ mark: 'stack', x: 'load', y: 'mean', group: 'part' }],
        },
      ],
      plotOnly: true,
    },
  ]
}

/** Sizes of batches that the server executed, as shares of the executions at each load. */
function batchTable(
  study: StudyResult,
  point: StudyPoint,
  loads: readonly AtLoad[],
): readonly AnalysisTable[] {
  const rows = loads.flatMap(({ load, measurements }): JsonValue[][] => {
    const counts = new Map<number, number>()
    for (const { batches } of measurements)
      for (const { size, count } of batches ?? []) counts.set(size, (counts.get(size) ?? 0) + count)
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    if (total === 0) return []
    return [...counts]
      .toSorted(([one], [other]) => one - other)
      .map(([size, count]) => [
        load === null ? 'all' : String(round(load)),
        String(size),
        count,
        count / total,
      ])
  })
  if (rows.length === 0) return []
  return [
    {
      name: nameOf('batches', study, point),
      title: 'Batches that the server made',
      columns: [
        { name: 'load', unit: null },
        { name: 'batch size', unit: null },
        { name: 'executions', unit: null },
        { name: 'share', unit: '1' },
      ],
      rows,
      notes: [],
      plots: [
        {
          name: 'sizes',
          title: 'Batches that the server made, by load',
          x: { title: study.plan.loads?.vary === 'rate' ? 'rate' : 'users', unit: null, scale: 'category' },
          y: { title: 'share of the executions', unit: '1', scale: 'linear', from: 0, to: 1 },
          layers: [{ mark: 'stack', x: 'load', y: 'share', group: 'batch size' }],
        },
      ],
      plotOnly: rows.length > MOST_BATCH_ROWS,
    },
  ]
}

/** A histogram of more bars is for the eye. */
const MOST_BATCH_ROWS = 40

function round(load: number): number {
  return Number(load.toPrecision(6))
}
