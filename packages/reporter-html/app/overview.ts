import type { CaseResult, Metrics } from 'servebench/plugin'
import { gaugesOfTrials } from 'servebench/report'
import { countCell, percentileCell, quantityCell, rateCell, shareCell } from './cells.ts'
import { dataTable, text, type Cell, type Column } from './data-table.ts'
import { h } from './dom.ts'
import { linkTo } from './places.ts'
import { nameOf, type RunContext } from './run-context.ts'
import { section } from './section.ts'
import { verdict } from './verdict.ts'

export interface Scenario {
  readonly title: string
  readonly file: string
  readonly cases: readonly CaseResult[]
}

/** Cases by scenario, in the order of the result. */
export function scenariosOf({ result }: RunContext): readonly Scenario[] {
  const groups = Map.groupBy(result.cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...groups.values()].map((cases) => {
    const [first] = cases as [CaseResult, ...CaseResult[]]
    return { title: first.path.join(' › '), file: first.file, cases }
  })
}

export function overview(run: RunContext, scenarios: readonly Scenario[]): HTMLElement {
  return section(
    { path: `${run.prefix}/overview`, title: 'Overview' },
    scenarios.map((scenario, index) =>
      h('div', { class: 'scenario' }, scenarioTable(run, scenario, `overview-${index + 1}`)),
    ),
    scenarios.length === 0 ? h('p', { class: 'note' }, 'Nothing was measured.') : null,
  )
}

/** Metrics that only some cases have. */
const EXTRA = [
  { gauge: 'energy.perItem', title: 'energy', term: 'energy', detail: 'per item' },
  { gauge: 'cost.perMillion', title: 'cost', term: 'cost', detail: 'per million' },
] as const

function scenarioTable(run: RunContext, { title, cases }: Scenario, file: string): HTMLElement {
  const axes = [...new Set(cases.flatMap((one) => Object.keys(one.case)))]
  const gauges = new Map(cases.map((one) => [one, gaugesOfTrials(run.trialsOf(one))]))
  const extra = EXTRA.filter(({ gauge }) => [...gauges.values()].some((own) => Object.hasOwn(own, gauge)))
  const hasSlo = cases.some(({ slo }) => slo !== null)
  const columns: readonly Column[] = [
    ...(axes.length === 0
      ? [{ title: 'case', heading: true }]
      : axes.map((axis, index) => ({
          title: axis,
          heading: index === 0,
          numeric: cases.every((one) => typeof one.case[axis] === 'number'),
        }))),
    { title: 'throughput', term: 'throughput', numeric: true },
    { title: 'p50', term: 'responseTime', numeric: true },
    { title: 'p95', term: 'responseTime', numeric: true },
    { title: 'p99', term: 'responseTime', numeric: true },
    { title: 'p99.9', term: 'responseTime', numeric: true },
    { title: 'errors', term: 'errorRate', numeric: true },
    ...extra.map(({ title: name, term, detail }) => ({ title: `${name} ${detail}`, term, numeric: true })),
    ...(hasSlo ? [{ title: 'SLO' }] : []),
    { title: 'verdict' },
  ]
  const rows = cases.map((one): readonly Cell[] => {
    const summary = run.summary(one.id)
    const metrics: Metrics | null = summary?.metrics ?? one.pooled
    const link = (label: string): Node =>
      h('a', { href: linkTo(run.path('case', one.id)), 'aria-label': nameOf(one) }, label)
    const names: readonly Cell[] =
      axes.length === 0
        ? [{ show: link(nameOf(one)), value: nameOf(one) }]
        : axes.map((axis, index) => {
            const value = one.case[axis] ?? null
            const label = value === null ? '–' : String(value)
            return { show: index === 0 ? link(label) : label, value }
          })
    const outcome = summary?.outcome ?? one.verdict.validity
    return [
      ...names,
      rateCell(metrics?.throughput, metrics?.rateIntervals.throughput),
      percentileCell(metrics?.responseTime, 'p50'),
      percentileCell(metrics?.responseTime, 'p95'),
      percentileCell(metrics?.responseTime, 'p99'),
      percentileCell(metrics?.responseTime, 'p99.9'),
      errorsCell(metrics),
      ...extra.map(({ gauge }) => {
        const found = gauges.get(one)?.[gauge]
        return quantityCell(found?.mean, found?.unit ?? null)
      }),
      ...(hasSlo
        ? [one.slo === null ? text(null) : { show: verdict(one.slo.verdict), value: one.slo.verdict }]
        : []),
      { show: verdict(outcome), value: outcome },
    ]
  })
  return dataTable({ caption: title, columns, rows, file })
}

export function errorsCell(metrics: Metrics | null): Cell {
  if (metrics === null || metrics.counts.due === 0) return countCell(null)
  const { due, completed, incorrect } = metrics.counts
  const errors = due - completed + incorrect
  return { ...countCell(errors), ...(errors === 0 ? {} : { detail: shareCell(errors / due).show }) }
}
