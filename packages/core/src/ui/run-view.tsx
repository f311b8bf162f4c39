import { Box, Static, Text } from 'ink'
import type { ReactElement } from 'react'
import { createColors } from 'picocolors'
import type { LiveControl, LiveTrial, Snapshot } from '../hooks/contexts.ts'
import { formatLoad } from '../report/load-value.ts'
import { printable } from '../report/printable.ts'
import { formatCount, formatNanos, formatQuantity, formatRate } from '../report/quantity.ts'
import { sparkline } from '../report/sparkline.ts'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { phaseBar, shareBar } from './phase-bar.ts'
import { Bar, formatClock, LONGEST_BAR, Row, SHORTEST_BAR, type Paint } from './run-parts.tsx'
import { StudyView } from './study-view.tsx'

/** A line of text, or parts of one that are not torn apart where it has to be broken. */
export type Line = string | readonly string[]

/** Everything that is on the screen. */
export interface RunViewProps {
  /** Lines that are done with: they scroll away above the rest. */
  readonly lines: readonly Line[]
  readonly snapshot: Snapshot | null
  /** Of the study that runs; `null` without one. */
  readonly study: StudyProgress | null
  /** Of the current trial, the newest last. */
  readonly throughput: readonly (number | null)[]
  readonly p99: readonly (number | null)[]
  /** `performance.now()` */
  readonly now: number
  /** Which keys do something, if any. */
  readonly hint: string | null
  readonly colors: boolean
  /** Of the terminal. */
  readonly columns: number
  readonly rows: number
}

const WIDEST = 100
const GAP = 2

/** The screen of a run: finished lines, and below them what happens now. */
export function RunView(props: RunViewProps): ReactElement {
  const { lines, snapshot, study, hint } = props
  // A character in the last column makes some terminals wrap.
  const columns = Math.max(10, Math.min(props.columns - 1, WIDEST))
  const paint = createColors(props.colors)
  return (
    <>
      <Static items={lines as Line[]}>{(line, index) => <Finished key={index} line={line} />}</Static>
      {snapshot !== null && (
        <Box flexDirection="column" width={columns} marginTop={lines.length > 0 ? 1 : 0}>
          {study === null ? (
            <Overall snapshot={snapshot} now={props.now} columns={columns} paint={paint} />
          ) : (
            <StudyView
              study={study}
              left={timeLeft(snapshot, props.now)}
              inTrial={shareOf(snapshot.trial)}
              columns={columns}
              rows={props.rows}
              paint={paint}
            />
          )}
          {snapshot.trial !== null && (
            <Current {...props} trial={snapshot.trial} columns={columns} paint={paint} />
          )}
          {hint !== null && <Text wrap="truncate">{paint.dim(hint)}</Text>}
        </Box>
      )}
    </>
  )
}

function Finished({ line }: { readonly line: Line }): ReactElement {
  if (typeof line === 'string') return <Text>{line}</Text>
  return (
    <Box paddingLeft={2} columnGap={1} flexWrap="wrap">
      {line.map((part, index) => (
        <Text key={index}>{index < line.length - 1 ? `${part} ·` : part}</Text>
      ))}
    </Box>
  )
}

interface OverallProps {
  readonly snapshot: Snapshot
  readonly now: number
  readonly columns: number
  readonly paint: Paint
}

/** `trial 3 of 12 ━━━━── 25 % · about 2.1 min left`; with a single trial, that one's bar says it all. */
function Overall({ snapshot, now, columns, paint }: OverallProps): ReactElement | null {
  const { trialsDone, trialsTotal } = snapshot.run
  if (trialsTotal <= 1) return null
  const share = Math.min(1, (trialsDone + shareOf(snapshot.trial)) / trialsTotal)
  const at = `trial ${Math.min(trialsDone + 1, trialsTotal)} of ${trialsTotal}`
  const left = timeLeft(snapshot, now)
  const end = `${Math.floor(share * 100)} %${left === null || left <= 0 ? '' : ` · ${formatClock(left)} left`}`
  const room = columns - at.length - end.length - GAP
  return (
    <Row>
      <Text>{at}</Text>
      {room >= SHORTEST_BAR && <Bar parts={shareBar(share, Math.min(room, LONGEST_BAR))} paint={paint} />}
      <Text>{end}</Text>
    </Row>
  )
}

/** How far a trial has come, 0 to 1. */
function shareOf(trial: LiveTrial | null): number {
  return trial === null || !trial.total ? 0 : Math.min(1, trial.elapsed / trial.total)
}

function timeLeft({ run }: Snapshot, now: number): number | null {
  return run.estimatedEnd === null ? null : (run.estimatedEnd - now) * MILLISECOND
}

interface CurrentProps extends Pick<RunViewProps, 'throughput' | 'p99'> {
  readonly trial: LiveTrial
  readonly columns: number
  readonly paint: Paint
}

function Current({ trial, throughput, p99, columns, paint }: CurrentProps): ReactElement {
  return (
    <>
      <Text wrap="truncate-start">{paint.bold(printable(trial.name))}</Text>
      <Phase trial={trial} columns={columns} paint={paint} />
      {trial.phase !== 'preparing' && (
        <>
          <Trend items={rates(trial)} values={throughput} columns={columns} paint={paint} />
          <Trend items={percentiles(trial)} values={p99} columns={columns} paint={paint} />
          <Counts trial={trial} paint={paint} />
          {trial.control !== undefined && (
            <Row gap={GAP}>
              <Text>{followed(trial.control)}</Text>
            </Row>
          )}
        </>
      )}
    </>
  )
}

/** `measurement ▒▒████──── 4.2 s of 12.7 s` */
function Phase({ trial, columns, paint }: Omit<CurrentProps, 'throughput' | 'p99'>): ReactElement {
  const { phase, elapsed, total } = trial
  const time =
    phase === 'preparing' ? '' : `${formatClock(elapsed)}${total === null ? '' : ` of ${formatClock(total)}`}`
  const room = columns - phase.length - time.length - GAP
  return (
    <Row>
      <Text>{paint.cyan(phase)}</Text>
      {total !== null && room >= SHORTEST_BAR && (
        <Bar parts={phaseBar(trial, Math.min(room, LONGEST_BAR))} paint={paint} />
      )}
      <Text>{time}</Text>
    </Row>
  )
}

function rates({ throughput, offeredLoad }: LiveTrial): readonly string[] {
  return [`${formatRate(throughput)} of ${formatRate(offeredLoad)} offered`]
}

function percentiles({ p50, p95, p99 }: LiveTrial): readonly string[] {
  return [`p50 ${formatNanos(p50)}`, `p95 ${formatNanos(p95)}`, `p99 ${formatNanos(p99)}`]
}

interface TrendProps extends Pick<CurrentProps, 'columns' | 'paint'> {
  readonly items: readonly string[]
  readonly values: readonly (number | null)[]
}

/** Numbers, and beside them how one of them has developed, where there is room. */
function Trend({ items, values, columns, paint }: TrendProps): ReactElement {
  const room = columns - items.reduce((sum, item) => sum + item.length + GAP, 0)
  return (
    <Row gap={GAP}>
      {items.map((item) => (
        <Text key={item}>{item}</Text>
      ))}
      {room >= SHORTEST_BAR && <Text>{paint.cyan(sparkline(values, Math.min(room, LONGEST_BAR)))}</Text>}
    </Row>
  )
}

function Counts({ trial, paint }: { trial: LiveTrial; paint: Paint }): ReactElement {
  const bad = (count: number, name: string): string => {
    const text = `${formatCount(count)} ${name}`
    return count > 0 ? paint.red(text) : text
  }
  const items = [
    `${formatCount(trial.completed)} completed`,
    bad(trial.failed, 'failed'),
    bad(trial.timedOut, 'timed out'),
    bad(trial.dropped, 'dropped'),
    `${formatCount(trial.inFlight)} in flight`,
    `lag p99 ${formatNanos(trial.lagP99)}`,
    ...remaining(trial),
  ]
  return (
    <Row gap={GAP}>
      {items.map((item) => (
        <Text key={item}>{item}</Text>
      ))}
    </Row>
  )
}

/** `approach: server.cpu.cores 0.42 cores, target 0.50 cores, at 6.4 users` */
function followed({ gauge, unit, target, reading, vary, load, phase }: LiveControl): string {
  const value = reading === null ? '–' : formatQuantity(reading, unit)
  const name = phase === 'warmup' ? '' : `${phase}: `
  return `${name}${printable(gauge)} ${value}, target ${formatQuantity(target, unit)}, at ${formatLoad(vary, load)}`
}

/** What a stop rule still waits for. */
function remaining({ remaining: more, phase }: LiveTrial): readonly string[] {
  if (phase !== 'measurement' || more === undefined || more === null || more <= 0) return []
  return [`about ${formatCount(more)} more requests`]
}
