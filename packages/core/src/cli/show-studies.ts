import pc from 'picocolors'
import { ServebenchError } from '../errors/servebench-error.ts'
import { processKey } from '../plan/order.ts'
import { searchOf } from '../plan/study/choose-strategy.ts'
import { outlookOf } from '../plan/study/study-outlook.ts'
import type { PlannedStudy } from '../plan/study/study-planner.ts'
import { caseName } from '../report/case-name.ts'
import { printable } from '../report/printable.ts'
import { formatDuration } from '../units/duration.ts'
import { SECOND, type Nanos } from '../units/nanos.ts'
import type { Project } from './project.ts'

/** A guess, from ordinary runs of local servers. */
const SERVER_START: Nanos = 3 * SECOND

/** What is told of a study before it begins. */
interface StudyForecast {
  readonly file: string
  readonly path: readonly string[]
  readonly configurations: number
  /** Configurations that are looked at, at most. */
  readonly explored: number
  /** Measurements, with those that compare the leaders. */
  readonly trials: number
  readonly strategy: string
  readonly processes: number
  /** `null`: the length of a trial depends on the server. */
  readonly estimate: Nanos | null
  /** Of one configuration. */
  readonly one: Nanos | null
}

/** `tune --dry-run` */
export function showStudies(project: Project, studies: readonly PlannedStudy[], json: boolean): void {
  const forecasts = studies.map(forecast)
  if (json) {
    const shown = studies.map(({ plan }, index) => ({ ...forecasts[index], plan }))
    process.stdout.write(`${JSON.stringify({ seed: project.seed, studies: shown }, null, 2)}\n`)
    return
  }
  const lines = forecasts.flatMap((each, index) => linesOf(each, studies[index] as PlannedStudy))
  process.stdout.write(`${lines.join('\n')}\n`)
}

/** @throws {ServebenchError} `SERVEBENCH_BUDGET` when not even the baseline and one other configuration fit */
export function reviewBudget(studies: readonly PlannedStudy[]): void {
  for (const study of studies) {
    const { time } = study.plan.budget
    const { one } = forecast(study)
    if (time === null || one === null || 2 * one <= time) continue
    throw new ServebenchError(
      'SERVEBENCH_BUDGET',
      `A budget of ${formatDuration(time)} is too small for the study '${study.path.join(' > ')}': one configuration takes about ${formatDuration(one)}, and there are at least two.`,
      { advice: 'Give it more time, fewer `loads`, or shorter trials with --duration and --warmup.' },
    )
  }
}

function forecast({ file, path, plan, points, cases }: PlannedStudy): StudyForecast {
  const known = 'open' in cases ? [] : cases
  const { explored, measurements, loadsPerPoint, trial } = outlookOf(plan, points.length, known.at(-1))
  const processes = new Set(known.map(({ trial }) => processKey(trial.server)))
  processes.delete('')
  const starts = SERVER_START * Math.min(explored, processes.size)
  return {
    file,
    path,
    configurations: points.length,
    explored,
    trials: measurements,
    strategy: searchOf(plan, points.length).strategy,
    processes: processes.size,
    estimate: trial === null ? null : measurements * trial + starts,
    one: trial === null ? null : trial * loadsPerPoint,
  }
}

function linesOf(
  outlook: StudyForecast,
  { plan, cases, skipped = [], notes = [] }: PlannedStudy,
): readonly string[] {
  if (plan.automatic && 'open' in cases)
    return [
      `${'?'.padStart(8)}  ${printable(outlook.path.join(' > '))}${pc.dim(' · what is varied is asked of the server when `setup` has run')}`,
    ]
  const { estimate, strategy, explored, configurations, trials, processes } = outlook
  const time = estimate === null ? '   ?' : formatDuration(estimate).padStart(8)
  const axes = plan.axes.map(({ name, values }) => {
    const shown = values.length > 8 ? [...values.slice(0, 3), '…', values.at(-1)] : values
    return `          ${printable(name)}: ${printable(shown.join(', '))}`
  })
  const budget = [
    plan.budget.configurations === null ? [] : [`${plan.budget.configurations} configurations`],
    plan.budget.time === null ? [] : [formatDuration(plan.budget.time)],
  ].flat()
  return [
    `${pc.dim(time)}  ${printable(outlook.path.join(' > '))}${pc.dim(` · ${strategy}: at most ${explored} of ${configurations} configurations, ${trials} trials`)}`,
    ...axes.map((line) => pc.dim(line)),
    pc.dim(`          baseline ${printable(caseName(plan.baseline))}`),
    ...(plan.loads === null
      ? []
      : [
          pc.dim(
            `          ${plan.loads.vary} ${plan.loads.values.map((value) => Number(value.toPrecision(4))).join(', ')}; a sweep may end earlier`,
          ),
        ]),
    ...(processes === 0
      ? []
      : [
          pc.dim(
            `          ${processes} server ${processes === 1 ? 'process' : 'processes'}, one after the other`,
          ),
        ]),
    ...(budget.length === 0 ? [] : [pc.dim(`          budget ${budget.join(', ')}`)]),
    ...Object.entries(plan.candidates ?? {}).map(([name, values]) =>
      pc.dim(`          candidate '${printable(name)}': ${printable(caseName(values))}`),
    ),
    ...skipped.map(({ values, count, reason }) =>
      pc.yellow(`          ${count} skipped ${printable(caseName(values))}: ${printable(reason)}`),
    ),
    ...notes.map((note) => pc.dim(`          ${printable(note)}`)),
  ]
}
