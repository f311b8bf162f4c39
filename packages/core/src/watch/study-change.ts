import { createPaint } from '../report/paint.ts'
import { formatLoad } from '../report/load-value.ts'
import { printable } from '../report/printable.ts'
import { formatNanos, formatRate } from '../report/quantity.ts'
import type { RunResult } from '../report/result.ts'
import type { StudyResult } from '../report/study/study-result.ts'
import { flow, wrap } from '../report/text-layout.ts'
import type { ChangeStyle } from './render-changes.ts'
import type { StudyHistory } from './study-history.ts'

/** A study against the last time that it came to its end. */
export interface StudyChange {
  readonly before: StudyResult
  readonly now: StudyResult
  /** Measurements of this run, and those of earlier ones. */
  readonly measured: number
  readonly reused: number
}

const WIDEST = 120
const NARROWEST = 30

export function findStudyChanges(history: StudyHistory, result: RunResult): readonly StudyChange[] {
  return (result.studies ?? []).flatMap((now) => {
    const before = history.last(now)
    if (before === null || now.state !== 'ended') return []
    const measured = now.measurements.filter(({ run }) => run === result.run.id).length
    return [{ before, now, measured, reused: now.measurements.length - measured }]
  })
}

/** What has become of the best configurations, as text that ends in a newline; empty without studies. */
export function renderStudyChanges(changes: readonly StudyChange[], style: ChangeStyle): string {
  if (changes.length === 0) return ''
  const width = Math.min(Math.max(style.columns, NARROWEST), WIDEST)
  const paint = createPaint(style.colors)
  const lines = ['', paint.bold('Change against the previous run')]
  for (const { before, now, measured, reused } of changes) {
    const [earlier, later] = [bestOf(before), bestOf(now)]
    lines.push(
      ...wrap(printable(now.path.join(' > ')), width - 2).map((line) => `  ${line}`),
      ...flow([`best before: ${earlier[0]}`, ...earlier.slice(1)], width - 4, ' · ').map(indented),
      ...flow([`best now: ${later[0]}`, ...later.slice(1)], width - 4, ' · ').map(indented),
      ...wrap(`${measured} measured, ${reused} taken over`, width - 4).map((line) =>
        indented(paint.dim(line)),
      ),
    )
  }
  return `${lines.join('\n')}\n`
}

function indented(line: string): string {
  return `    ${line}`
}

/** `instances=4 at 16 users`, `640/s`, `p99 23.0 ms`; what came out instead, where nothing is best. */
function bestOf({ best, points, measurements, plan, outcome }: StudyResult): readonly string[] {
  const point = points.find(({ id }) => id === best[0])
  const measurement = point?.best == null ? undefined : measurements[point.best]
  if (point === undefined || measurement === undefined) return [`none (${outcome})`]
  const { load, metrics } = measurement
  const at = plan.loads === null || load === null ? '' : ` at ${formatLoad(plan.loads.vary, load)}`
  return [
    `${printable(point.name)}${at}${outcome === 'tie' ? ' (ties with others)' : ''}`,
    formatRate(metrics['throughput'] ?? null),
    `p99 ${formatNanos(metrics['responseTime.p99'] ?? null)}`,
  ]
}
