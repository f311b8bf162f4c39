import type { AnalysisTable } from 'servebench/plugin'
import { caseName, formatNumber, type SearchResult } from 'servebench/report'
import { notes, plots } from './analysis.ts'
import { nanosCell, numberCell, rateCell, shareCell } from './cells.ts'
import { dataTable, text } from './data-table.ts'
import { h } from './dom.ts'
import { facts } from './facts.ts'
import { linkTo } from './places.ts'
import type { RunContext } from './run-context.ts'
import { section } from './section.ts'
import { verdict } from './verdict.ts'

/** A search for the highest load: its answer, and every load that was tried. */
export function searchSection(run: RunContext, search: SearchResult): HTMLElement {
  const { answer, vary, probes } = search
  const load = vary === 'rate' ? 'arrivals per second' : 'users'
  const name = [...search.path, caseName(search.case)].filter((part) => part !== '').join(' › ')
  const file = `search-${search.id}`
  return section(
    { path: run.path('search', search.id), title: name, level: 3 },
    h('p', {}, verdict(search.outcome), ` ${search.message}`),
    facts([
      ['highest load that passes', answer === null ? null : `${formatNumber(answer.value)} ${load}`],
      [
        'and up to',
        answer === null
          ? null
          : answer.interval[1] === null
            ? 'no load that fails was found'
            : formatNumber(answer.interval[1]),
      ],
      ['demanded', search.atLeast === null ? null : formatNumber(search.atLeast)],
      ['confidence', String(search.confidence)],
    ]),
    plots([probeTable(search, load)]),
    dataTable({
      caption: 'Loads that were tried, in their order',
      file,
      columns: [
        { title: load, heading: true, numeric: true },
        { title: 'purpose' },
        { title: 'throughput', term: 'throughput', numeric: true },
        { title: 'errors', term: 'errorRate', numeric: true },
        { title: 'p50', term: 'responseTime', numeric: true },
        { title: 'p99', term: 'responseTime', numeric: true },
        { title: 'verdict' },
        { title: 'reason' },
      ],
      rows: probes.map((probe) => [
        {
          ...numberCell(probe.value),
          show: h('a', { href: linkTo(run.path('trial', probe.trial)) }, formatNumber(probe.value)),
        },
        text(probe.purpose),
        rateCell(probe.throughput),
        shareCell(probe.errorRate),
        nanosCell(probe.p50),
        nanosCell(probe.p99),
        { show: verdict(probe.verdict), value: probe.verdict },
        text(probe.reason),
      ]),
    }),
    notes(search.notes),
  )
}

function probeTable({ id, probes }: SearchResult, load: string): AnalysisTable {
  return {
    name: `search-${id}`,
    title: 'Loads that were tried',
    columns: [
      { name: load, unit: null },
      { name: 'p99', unit: 'ns' },
      { name: 'verdict', unit: null },
    ],
    rows: probes.map(({ value, p99, verdict: word }) => [value, p99, word]),
    notes: [],
    plotOnly: true,
    plots: [
      {
        name: 'p99',
        title: 'p99 by load',
        x: { title: load, unit: null, scale: 'linear' },
        y: { title: 'response time, p99', unit: 'ns', scale: 'log' },
        layers: [{ mark: 'points', x: load, y: 'p99', group: 'verdict' }],
      },
    ],
  }
}
