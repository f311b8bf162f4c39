import { Text } from 'ink'
import type { ReactElement } from 'react'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import { layTable } from '../report/table.ts'
import { flow } from '../report/text-layout.ts'
import { formatDuration } from '../units/duration.ts'
import { shareBar } from './phase-bar.ts'
import { Bar, formatClock, LONGEST_BAR, Row, SHORTEST_BAR, type Paint } from './run-parts.tsx'
import { describeLeader, describePhase, describeReuse, describeStudy, studyTable } from './study-text.ts'

const SEPARATOR = ' · '
const MOST_ROWS = 6
/** Lines of the screen that the rest of a run takes. */
const OTHER_LINES = 15

export interface StudyViewProps {
  readonly study: StudyProgress
  /** Until its end, about, in nanoseconds. */
  readonly left: number | null
  /** Measurements that are over, as far as the one that goes on has come. */
  readonly inTrial: number
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
}

/** A study while it runs: how far it has come, and what is best by now. */
export function StudyView({ study, left, inTrial, columns, rows, paint }: StudyViewProps): ReactElement {
  const reuse = flow(describeReuse(study), columns, SEPARATOR)
  return (
    <>
      {flow(describeStudy(study), columns, SEPARATOR).map((line, index) => (
        <Text key={line}>{index === 0 ? paint.bold(line) : line}</Text>
      ))}
      <Course study={study} left={left} inTrial={inTrial} columns={columns} paint={paint} />
      {standing(study, columns, rows, paint).map((line) => (
        <Text key={line} wrap="truncate">
          {line}
        </Text>
      ))}
      {reuse.slice(0, 2).map((line) => (
        <Text key={line}>{paint.dim(line)}</Text>
      ))}
      <Text> </Text>
    </>
  )
}

/** `search · load 3 of 11 ████──── 40 % · about 2.1 min left · budget 12 min` */
function Course({ study, left, inTrial, columns, paint }: Omit<StudyViewProps, 'rows'>): ReactElement {
  const done = study.measured + study.reused
  const all = done + study.left.measurements
  const share = all === 0 ? 0 : Math.min(1, (done + inTrial) / all)
  const phase = describePhase(study).join(SEPARATOR)
  const { budget } = study.left
  const items = [
    `${Math.floor(share * 100)} %`,
    ...(left === null || left <= 0 ? [] : [`about ${formatClock(left)} left`]),
    ...(budget === null ? [] : [`budget ${formatDuration(budget)}`]),
  ]
  const end = items.join(SEPARATOR)
  const room = columns - phase.length - end.length - 2
  return (
    <Row>
      <Text>{paint.cyan(phase)}</Text>
      {room >= SHORTEST_BAR && <Bar parts={shareBar(share, Math.min(room, LONGEST_BAR))} paint={paint} />}
      {flow(items, columns, SEPARATOR).map((line) => (
        <Text key={line}>{line}</Text>
      ))}
    </Row>
  )
}

function standing(study: StudyProgress, columns: number, rows: number, paint: Paint): readonly string[] {
  const [best] = study.leading
  if (best === undefined) return []
  const table = studyTable(study, Math.max(2, Math.min(MOST_ROWS, rows - OTHER_LINES)))
  const lines = layTable(table, columns, (text, row) =>
    row < 0 ? paint.dim(text) : row === 0 && best.feasible ? paint.green(text) : text,
  )
  if (lines !== null) return lines
  const [name, ...numbers] = describeLeader(best, study)
  return flow([`best so far: ${name}`, ...numbers], columns, SEPARATOR)
}
