import type { AnalysisTable, Trial } from 'servebench/plugin'
import { formatCount, formatNanos, formatNanosInterval, formatShare } from 'servebench/report'
import { plots } from './analysis.ts'
import { dataTable, text } from './data-table.ts'
import { h, type Child } from './dom.ts'
import { facts } from './facts.ts'
import { json } from './server-report.ts'
import { term } from './terms.ts'
import { verdict } from './verdict.ts'

/** What a trial was to prove, and how its load was steered: in words and tables, where it has that. */
export function conclusions(trial: Trial, file: string): readonly Child[] {
  const { certificate, compliance, control, steadyState } = trial
  return [
    certificate == null ? null : certificateOf(certificate),
    compliance == null ? null : complianceOf(compliance, file),
    control === undefined ? null : plots([courseTable(control)], ({ name }) => `${file}-${name}`),
    steadyState === null ? null : json('Steady state', steadyState),
  ]
}

function certificateOf(one: NonNullable<Trial['certificate']>): HTMLElement {
  const { percentile, verdict: word, measured, interval, bound, limit, confidence, more } = one
  return h(
    'div',
    {},
    h('h4', {}, term('certificate', 'Certificate'), ' ', verdict(word)),
    facts([
      ['percentile', `p${percentile}`],
      ['measured', `${formatNanos(measured)} ${formatNanosInterval(measured, interval)}`],
      ['certified not to exceed', bound === null ? null : formatNanos(bound)],
      ['limit', limit === null ? null : formatNanos(limit)],
      ['confidence', formatShare(confidence)],
      ['requests', `${formatCount(one.count)}, worth ${formatCount(one.effectiveCount)} independent ones`],
      ['looks', formatCount(one.looks)],
      ['requests that it would still take', more === null ? null : formatCount(more)],
    ]),
  )
}

function complianceOf(
  { scenario, rules, metric, note }: NonNullable<Trial['compliance']>,
  file: string,
): HTMLElement {
  return h(
    'div',
    {},
    dataTable({
      caption: `Rules of MLPerf ${scenario}: ${metric.name} ${formatCount(metric.value)} ${metric.unit}`,
      file: `${file}-rules`,
      columns: [{ title: 'rule', heading: true }, { title: 'wanted' }, { title: 'found' }, { title: 'kept' }],
      rows: rules.map(({ rule, wanted, found, kept }) => [
        text(rule),
        text(wanted),
        text(found),
        { show: verdict(kept ? 'pass' : 'fail'), value: kept },
      ]),
    }),
    h('p', { class: 'note' }, note),
  )
}

/** The gauge and the load that was to hold it, decision by decision. */
function courseTable({ gauge, unit, vary, target, course }: NonNullable<Trial['control']>): AnalysisTable {
  const load = vary === 'rate' ? 'arrivals per second' : 'users'
  return {
    name: 'control',
    title: `${gauge} under control`,
    columns: [
      { name: 'time', unit: 'ns' },
      { name: gauge, unit },
      { name: load, unit: null },
      { name: 'phase', unit: null },
      { name: 'target', unit },
    ],
    rows: course.map(({ at, reading, load: amount, phase }) => [at, reading, amount, phase, target]),
    notes: [],
    plotOnly: true,
    plots: [
      {
        name: 'course',
        title: `${gauge} and the load that holds it`,
        x: { title: 'time', unit: 'ns', scale: 'linear' },
        y: { title: gauge, unit, scale: 'linear' },
        y2: { title: load, unit: null, scale: 'linear' },
        layers: [
          { mark: 'step', x: 'time', y: load, axis: 'y2', label: load },
          { mark: 'line', x: 'time', y: gauge, label: gauge },
          { mark: 'line', x: 'time', y: 'target', label: 'target', dashed: true },
        ],
      },
    ],
  }
}
