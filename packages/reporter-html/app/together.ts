import { fullName } from 'servebench/report'
import type { TogetherData } from '../src/page/page-data.ts'
import { analysisBody, notes } from './analysis.ts'
import { countCell, percentileCell, rateCell } from './cells.ts'
import { comparisonSection } from './comparison.ts'
import { dataTable, text } from './data-table.ts'
import { h } from './dom.ts'
import { outcomeOf } from './outcome.ts'
import { errorsCell } from './overview.ts'
import { linkTo } from './places.ts'
import type { RunContext } from './run-context.ts'
import type { Part } from './run-page.ts'
import { section } from './section.ts'
import { verdict } from './verdict.ts'

/** Several runs: what they are, their cases beside each other, and what has changed since the first. */
export function togetherParts(runs: readonly RunContext[], together: TogetherData): readonly Part[] {
  const { table, comparisons, notes: lines } = together
  return [
    {
      element: section(
        { path: '/side-by-side', title: table.title },
        runsTable(runs),
        notes(lines),
        casesTable(runs),
        analysisBody(table),
      ),
      contents: { title: table.title, path: '/side-by-side' },
    },
    ...comparisons.map(({ base, other, comparison }, index): Part => {
      const path = `/comparison/${index + 1}`
      const title = `${other} against ${base}`
      return {
        element: comparisonSection(comparison, { path, title, base, other }),
        contents: { title, path },
      }
    }),
  ]
}

function runsTable(runs: readonly RunContext[]): HTMLElement {
  return dataTable({
    caption: 'Runs',
    file: 'runs',
    columns: [
      { title: 'run', heading: true },
      { title: 'outcome' },
      { title: 'started' },
      { title: 'machine' },
      { title: 'cases', numeric: true },
      { title: 'trials', numeric: true },
      { title: 'id' },
    ],
    rows: runs.map(({ data, result, prefix }) => {
      const [word] = outcomeOf(result.run.exit.code)
      return [
        { show: h('a', { href: linkTo(prefix) }, data.label), value: data.label },
        { show: verdict(word), value: word },
        text(result.run.startedAt.slice(0, 16).replace('T', ' ')),
        text(data.machine),
        countCell(result.cases.length),
        countCell(result.trials.length),
        text(result.run.id),
      ]
    }),
  })
}

/** A case is the same in each run that has it, whatever it ran on. */
function casesTable(runs: readonly RunContext[]): HTMLElement {
  const ids = [...new Set(runs.flatMap(({ result }) => result.cases.map(({ id }) => id)))]
  return dataTable({
    caption: 'Cases by run',
    file: 'cases-by-run',
    columns: [
      { title: 'case', heading: true },
      { title: 'run' },
      { title: 'throughput', term: 'throughput', numeric: true },
      { title: 'p50', term: 'responseTime', numeric: true },
      { title: 'p95', term: 'responseTime', numeric: true },
      { title: 'p99', term: 'responseTime', numeric: true },
      { title: 'errors', term: 'errorRate', numeric: true },
      { title: 'verdict' },
    ],
    rows: ids.flatMap((id) =>
      runs.flatMap((run) => {
        const one = run.result.cases.find((each) => each.id === id)
        if (one === undefined) return []
        const metrics = run.summary(id)?.metrics ?? one.pooled
        const outcome = run.summary(id)?.outcome ?? one.verdict.validity
        const name = fullName(one)
        return [
          [
            { show: h('a', { href: linkTo(run.path('case', id)) }, name), value: name },
            text(run.data.label),
            rateCell(metrics?.throughput, metrics?.rateIntervals.throughput),
            percentileCell(metrics?.responseTime, 'p50'),
            percentileCell(metrics?.responseTime, 'p95'),
            percentileCell(metrics?.responseTime, 'p99'),
            errorsCell(metrics),
            { show: verdict(outcome), value: outcome },
          ],
        ]
      }),
    ),
  })
}
