import type { CaseResult, Metrics, SloResult, Trial } from 'servebench/plugin'
import {
  formatCount,
  formatNanos,
  formatNanosInterval,
  formatNumberInterval,
  formatRate,
  formatShare,
  gaugesOfTrials,
  sloLine,
} from 'servebench/report'
import { plots } from './analysis.ts'
import { percentileCell, rateCell } from './cells.ts'
import { dataTable, text } from './data-table.ts'
import { h, type Child } from './dom.ts'
import { efficiency } from './efficiency.ts'
import { facts, tiles } from './facts.ts'
import {
  countsTable,
  distributionTable,
  failuresTable,
  gaugesTable,
  pipelineTable,
  replicasTable,
  streamsTable,
  timesTable,
} from './metric-tables.ts'
import { addPlace, linkTo, openPlace } from './places.ts'
import { nameOf, type RunContext } from './run-context.ts'
import { anchor, fold } from './section.ts'
import { serverReport } from './server-report.ts'
import { term } from './terms.ts'
import { trialFold } from './trial-fold.ts'
import { reasons, verdict } from './verdict.ts'

/** Everything about a case; made when it is opened. */
export function caseFold(run: RunContext, one: CaseResult): HTMLElement {
  const path = run.path('case', one.id)
  const summary = run.summary(one.id)
  const metrics = summary?.metrics ?? one.pooled
  const trials = run.trialsOf(one)
  const outcome = summary?.outcome ?? one.verdict.validity
  const element = fold(
    { path, class: 'case' },
    [
      h('h3', {}, nameOf(one), anchor(path, nameOf(one))),
      h(
        'span',
        { class: 'brief' },
        metrics === null
          ? 'nothing was measured'
          : `p50 ${formatNanos(metrics.responseTime.p50)} · p99 ${formatNanos(metrics.responseTime.p99)} · ${formatRate(metrics.throughput)}`,
      ),
      one.slo === null ? null : h('span', { class: 'slo' }, 'SLO ', verdict(one.slo.verdict)),
      verdict(outcome),
    ],
    () => caseBody(run, one, metrics, trials),
  )
  // Links to trials lead here before anybody has opened the case: opening it makes them, with places of their own.
  for (const { id } of trials) {
    const trial = run.path('trial', id)
    addPlace(trial, () => {
      openPlace(path)
      return openPlace(trial) ?? element
    })
  }
  return element
}

function caseBody(
  run: RunContext,
  one: CaseResult,
  metrics: Metrics | null,
  trials: readonly Trial[],
): readonly Child[] {
  const summary = run.summary(one.id)
  const file = `case-${one.id}`
  const [first] = trials
  return [
    facts([
      ['load', summary?.load.join(' · ')],
      ['bench file', one.file],
      ['tags', one.tags.join(', ')],
      ['labels', summary?.labels.join('; ')],
      ['server stages', summary?.serverStages.join('; ')],
      ['batches', summary?.batches.join('; ')],
      ['bursts', summary?.bursts.join('; ')],
      ['control', summary?.control.join('; ')],
      ['samplers', summary?.samplers.join('; ')],
    ]),
    reasons(one.verdict.reasons),
    (summary?.failures ?? []).map(({ state, repeat, message, advice }) =>
      h(
        'p',
        { class: 'failure' },
        verdict(state),
        ` repeat ${repeat + 1}: ${message}`,
        advice === null ? null : h('span', { class: 'advice' }, ` ${advice}`),
      ),
    ),
    one.slo === null ? null : sloTable(one.slo, file),
    metrics === null ? null : headline(metrics),
    later(run, one.id, file, 'Curves of this case'),
    metrics === null
      ? null
      : [
          timesTable(metrics, `${file}-times`),
          countsTable([['all', metrics]], `${file}-requests`),
          failuresTable(metrics.failures, metrics.counts.due, `${file}-failures`),
          one.streams === undefined ? null : streamsTable(one.streams, `${file}-streams`),
          metrics.labels === undefined
            ? null
            : distributionTable(
                'Response time by label',
                'label',
                Object.entries(metrics.labels).map(([label, distribution]) => [label, label, distribution]),
                `${file}-labels`,
              ),
          pipelineTable(metrics, `${file}-steps`),
          replicasTable(metrics, `${file}-replicas`),
        ],
    first === undefined || trials.length > 1 ? null : efficiency(first, file),
    gaugesTable(gaugesOfTrials(trials), `${file}-gauges`),
    trialsTable(run, trials, file),
    h(
      'div',
      { class: 'trials' },
      trials.map((trial) => trialFold(run, trial)),
    ),
    first === undefined ? null : serverReport(first),
  ]
}

function headline(metrics: Metrics): HTMLElement {
  const { responseTime, counts, rateIntervals, inFlight } = metrics
  const percentile = (key: 'p50' | 'p99') => ({
    name: term('responseTime', key),
    value: formatNanos(responseTime[key]),
    detail: formatNanosInterval(responseTime[key], responseTime.intervals[key]),
  })
  const errors = counts.due - counts.completed + counts.incorrect
  return tiles([
    {
      name: term('throughput', 'throughput'),
      value: formatRate(metrics.throughput),
      detail: formatNumberInterval(rateIntervals.throughput),
    },
    percentile('p50'),
    percentile('p99'),
    {
      name: term('errorRate', 'errors'),
      value: formatCount(errors),
      detail: counts.due === 0 ? '' : `${formatShare(errors / counts.due)} of ${formatCount(counts.due)}`,
    },
    {
      name: term('goodput', 'goodput'),
      value: formatRate(metrics.goodput),
      detail: `offered ${formatRate(metrics.offeredLoad)}`,
    },
    {
      name: term('inFlight', 'in flight'),
      value: inFlight.mean === null ? '–' : inFlight.mean.toFixed(2),
      detail: inFlight.max === null ? '' : `at most ${formatCount(inFlight.max)}`,
    },
  ])
}

export function sloTable({ terms }: SloResult, file: string): HTMLElement {
  return dataTable({
    caption: 'Service level objective',
    file: `${file}-slo`,
    columns: [
      { title: 'limit', heading: true },
      { title: 'measured', numeric: true },
      { title: 'verdict' },
      { title: 'reason' },
    ],
    rows: terms.map((one) => {
      const { limit, measured, verdict: word, reason } = sloLine(one)
      return [
        { show: term(one.term, limit), value: limit },
        { show: measured, value: one.measured },
        { show: verdict(word), value: word },
        text(reason ?? ''),
      ]
    }),
  })
}

function trialsTable(run: RunContext, trials: readonly Trial[], file: string): HTMLElement {
  return dataTable({
    caption: trials.length === 1 ? 'Trial' : `${trials.length} trials`,
    file: `${file}-trials`,
    columns: [
      { title: 'repeat', heading: true },
      { title: 'throughput', term: 'throughput', numeric: true },
      { title: 'p50', term: 'responseTime', numeric: true },
      { title: 'p95', term: 'responseTime', numeric: true },
      { title: 'p99', term: 'responseTime', numeric: true },
      { title: 'dispatch lag p99', term: 'dispatchLag', numeric: true },
      { title: 'state' },
      { title: 'verdict' },
    ],
    rows: trials.map((trial) => [
      {
        show: h('a', { href: linkTo(run.path('trial', trial.id)) }, String(trial.repeat + 1)),
        value: trial.repeat + 1,
      },
      rateCell(trial.throughput, trial.rateIntervals.throughput),
      percentileCell(trial.responseTime, 'p50'),
      percentileCell(trial.responseTime, 'p95'),
      percentileCell(trial.responseTime, 'p99'),
      percentileCell(trial.dispatchLag, 'p99'),
      text(trial.state),
      { show: verdict(trial.verdict.validity), value: trial.verdict.validity },
    ]),
  })
}

/** Plots of curves, which are unpacked when they are needed. */
export function later(run: RunContext, id: string, file: string, label: string): HTMLElement {
  const place = h('div', { class: 'curves', 'aria-label': label, role: 'group' })
  void run.curves().then((curves) => {
    const drawn = plots(curves[id] ?? [], ({ name }) => `${file}-${name}`)
    if (drawn === null) place.remove()
    else place.append(drawn)
  })
  return place
}
