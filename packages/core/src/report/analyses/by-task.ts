import { caseName } from '../case-name.ts'
import type { Plot } from '../plot.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'
import type { StaticReport } from '../static-report.ts'
import { noteAssumedSizes } from './assumed-sizes.ts'
import { energyPerItem } from './energy-of-trials.ts'

const TAG = 'task:'
const AXIS = 'task'

/**
 * What each task takes, side by side, where cases say of which task they are: by a tag `task:NAME`, or by an axis `task`.
 * Of one task alone there is nothing to put side by side.
 */
export function analyseTasks(result: RunResult): readonly AnalysisTable[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const known = result.cases.flatMap((one) => {
    const task = namedTask(one)
    const own = one.trials.flatMap((id) => trials.get(id) ?? [])
    // A case that was left out takes nothing; a cold start has a table of its own.
    const isMeasured = own.some(({ state, coldStart }) => state !== 'skipped' && coldStart === undefined)
    return task === null || !isMeasured ? [] : [{ task, one, trials: own }]
  })
  const tasks = Map.groupBy(known, ({ task }) => task)
  if (tasks.size < 2) return []
  const rows = [...tasks.values()].flatMap((group) =>
    group.map((member) => ({ ...member, name: group.length === 1 ? '' : nameIn(member.one) })),
  )
  const several = rows.some(({ name }) => name !== '')
  const hasEnergy = rows.some(({ trials: own }) => joulesOf(own) !== null)
  const unmeasured = rows.filter(({ one }) => one.pooled === null).length
  return [
    {
      name: 'by-task',
      title: 'What each task takes',
      columns: [
        { name: 'task', unit: null },
        ...(several ? [{ name: 'case', unit: null }] : []),
        { name: 'model', unit: null },
        { name: 'parameters', unit: null, description: 'Learned elements of the model.' },
        {
          name: 'GFLOP',
          unit: '',
          description: 'Of one inference: matrix products and convolutions, 2 × MACs.',
        },
        { name: 'throughput', unit: '1/s', description: 'Items (requests × batch) per second.' },
        { name: 'p50', unit: 'ns', description: 'Of the response time.' },
        { name: 'p99', unit: 'ns', description: 'Of the response time.' },
        ...(hasEnergy ? [{ name: 'per item', unit: 'J', description: 'Energy over completed items.' }] : []),
      ],
      rows: rows.map(({ task, name, one, trials: own }) => [
        task,
        ...(several ? [name] : []),
        ...cellsOf(one, own),
        ...(hasEnergy ? [joulesOf(own)] : []),
      ]),
      notes: [
        ...noteAssumedSizes(rows.flatMap(({ trials: own }) => modelsOf(own))),
        ...(unmeasured === 0
          ? []
          : [
              `Without numbers of their own: ${unmeasured} of ${rows.length} cases, which have no valid measurement.`,
            ]),
      ],
      plots: plotsOf(several),
    },
  ]
}

/** By a tag `task:NAME`, or by the axis; `null` where neither is there. */
export function namedTask({ tags, case: at }: CaseResult): string | null {
  const tag = tags.find((one) => one.startsWith(TAG) && one.length > TAG.length)
  if (tag !== undefined) return tag.slice(TAG.length)
  const axis = at[AXIS]
  return axis === undefined ? null : String(axis)
}

/** What distinguishes a case from others of its task: its scenario and the other axes. */
function nameIn({ path, case: at }: CaseResult): string {
  const { [AXIS]: _, ...others } = at
  const axes = caseName(others)
  return axes === '' ? path.join(' > ') : axes
}

function cellsOf({ pooled }: CaseResult, trials: readonly Trial[]): AnalysisTable['rows'][number] {
  const models = modelsOf(trials)
  const names = models.flatMap(({ model }) => model ?? [])
  return [
    names.length === 0 ? null : [...new Set(names)].join(' + '),
    sum(models, ({ parameters }) => parameters),
    scaled(
      sum(models, ({ flops }) => flops),
      1e-9,
    ),
    pooled?.items.throughput ?? null,
    pooled?.responseTime.p50 ?? null,
    pooled?.responseTime.p99 ?? null,
  ]
}

/** Joules for each item, where a sampler reads power. */
function joulesOf(trials: readonly Trial[]): number | null {
  return energyPerItem(trials.filter(({ verdict }) => verdict.validity !== 'invalid'))
}

function modelsOf(trials: readonly Trial[]): readonly StaticReport[] {
  return Object.values(trials.find((trial) => trial.static !== null)?.static ?? {})
}

/** Of all models of a case; `null` when it is not known of one of them. */
function sum(models: readonly StaticReport[], read: (model: StaticReport) => number | null): number | null {
  const values = models.map(read)
  if (values.length === 0 || values.includes(null)) return null
  return values.reduce<number>((total, value) => total + (value as number), 0)
}

function scaled(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor
}

function plotsOf(several: boolean): readonly Plot[] {
  const bars = (name: string, title: string, column: string, unit: string): Plot => ({
    name,
    title,
    x: { title: 'task', unit: null, scale: 'category' },
    y: { title: column, unit, scale: 'log' },
    layers: [
      { mark: several ? 'points' : 'bars', x: 'task', y: column, ...(several ? { group: 'case' } : {}) },
    ],
  })
  return [
    bars('throughput-by-task', 'Throughput by task', 'throughput', '1/s'),
    bars('p99-by-task', 'p99 by task', 'p99', 'ns'),
  ]
}
