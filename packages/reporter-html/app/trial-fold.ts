import type { Trial } from 'servebench/plugin'
import { formatCount, formatNanos, formatNumber, formatShare } from 'servebench/report'
import { analysisBody } from './analysis.ts'
import { later, sloTable } from './case-fold.ts'
import { nanosCell } from './cells.ts'
import { conclusions } from './conclusions.ts'
import { dataTable, text } from './data-table.ts'
import { h, preformatted, type Child } from './dom.ts'
import { efficiency } from './efficiency.ts'
import { facts } from './facts.ts'
import { gaugesTable, timesTable } from './metric-tables.ts'
import type { RunContext } from './run-context.ts'
import { anchor, fold } from './section.ts'
import { json } from './server-report.ts'
import { reasons, verdict } from './verdict.ts'

export function trialFold(run: RunContext, trial: Trial): HTMLElement {
  const path = run.path('trial', trial.id)
  const name = `Trial ${trial.repeat + 1}`
  return fold(
    { path, class: 'trial', screenOnly: true },
    [
      h('h4', {}, name, anchor(path, name)),
      h(
        'span',
        { class: 'brief' },
        trial.role === 'measurement' ? '' : `${trial.role} `,
        trial.startedAt ?? '',
      ),
      verdict(trial.state === 'completed' ? trial.verdict.validity : trial.state),
    ],
    () => trialBody(run, trial),
  )
}

function trialBody(run: RunContext, trial: Trial): readonly Child[] {
  const { engine, connections, payloads, perRequest, error } = trial
  const file = `trial-${trial.id}`
  return [
    reasons(trial.verdict.reasons),
    error === null
      ? null
      : h(
          'div',
          { class: 'failure' },
          h('p', {}, `${error.code}: ${error.message} ${error.advice ?? ''}`),
          error.detail === null ? null : preformatted(error.detail, 'Details of the error'),
        ),
    trial.slo === null ? null : sloTable(trial.slo, file),
    conclusions(trial, file),
    later(run, trial.id, file, 'Curves of this trial'),
    timesTable(trial, `${file}-times`),
    efficiency(trial, file),
    gaugesTable(trial.gauges, `${file}-gauges`),
    facts([
      ['seed', trial.seed],
      ['engine', `${engine.name}, ${engine.scheduler}`],
      ['load thread CPU', engine.cpu === null ? null : formatShare(engine.cpu)],
      ['loop turn p99', engine.turn.p99 === null ? null : formatNanos(engine.turn.p99)],
      ['foreign CPU', engine.foreignCpu === null ? null : formatShare(engine.foreignCpu)],
      ['stolen CPU', engine.stealCpu === null ? null : formatShare(engine.stealCpu)],
      ['garbage collections', `${formatCount(engine.gc.count)}, ${formatNanos(engine.gc.total)} in all`],
      ['workers', formatCount(trial.workers)],
      [
        'connections',
        `${formatCount(connections.count)}, ${formatCount(connections.opened)} opened, ${formatCount(connections.failed)} failed`,
      ],
      ['connecting', connections.connectMean === null ? null : formatNanos(connections.connectMean)],
      ['payloads', `${formatCount(payloads.count)}, ${formatCount(payloads.distinct)} of them distinct`],
      [
        'bytes per request',
        perRequest?.bytesOut == null
          ? null
          : `${formatNumber(perRequest.bytesOut)} out, ${formatNumber(perRequest.bytesIn)} in`,
      ],
      [
        'records',
        trial.records === null ? null : `${trial.records.path}, ${formatCount(trial.records.rows)} rows`,
      ],
    ]),
    trial.events.length === 0
      ? null
      : dataTable({
          caption: 'Events',
          file: `${file}-events`,
          columns: [
            { title: 'at', heading: true, numeric: true },
            { title: 'kind' },
            { title: 'what happened' },
          ],
          rows: trial.events.map(({ at, kind, message }) => [nanosCell(at), text(kind), text(message)]),
        }),
    trial.profile === undefined
      ? null
      : trial.profile.tables.map((table) => analysisBody(table, `${file}-${table.name}`)),
    json('Everything of this trial as JSON', trial),
  ]
}
