import type { ClosedLoadPlan, LoadPlan, OpenLoadPlan } from '../arrival/load-plan.ts'
import { controlOf } from '../arrival/load-rates.ts'
import { join } from '../dsl/fields.ts'
import type { Problems } from '../dsl/problems.ts'
import { formatDuration } from '../units/duration.ts'
import { SECOND } from '../units/nanos.ts'
import type { StreamPlan, TrialSettings } from './trial-plan.ts'

/** Looks at settings and loads together: combinations that cannot work are errors, odd ones are warnings. */
export function reviewTrial(
  problems: Problems,
  settings: TrialSettings,
  streams: Readonly<Record<string, StreamPlan>>,
): void {
  if (settings.until && settings.duration === null)
    problems.error(
      'until',
      'the load ends by itself, after a number of requests: there is nothing to wait for.',
    )
  reviewControl(problems, streams)
  for (const [name, stream] of Object.entries(streams)) {
    const path = name === 'main' ? 'load' : join('streams', `${name}.load`)
    for (const load of partsOf(stream.load)) {
      if (load.loop === 'closed') reviewClosed(problems, settings, path, load)
    }
    if (stream.load.loop === 'open') reviewOpen(problems, settings, path, stream.load)
    reviewShifts(problems, settings, join('streams', `${name}.weight`), stream.load)
    if (stream.load.loop === 'stages' && settings.duration !== null) {
      const total = stream.load.stages.reduce((sum, stage) => sum + stage.duration, 0)
      if (total < settings.duration) {
        problems.warn(
          path,
          `the stages take ${formatDuration(total)}, the last one goes on to the end of the ${formatDuration(settings.duration)} that are measured.`,
        )
      } else if (total > settings.duration) {
        problems.warn(
          path,
          `the stages take ${formatDuration(total)}, but the measurement ends after ${formatDuration(settings.duration)}.`,
        )
      }
    }
  }
}

/** Two loads that follow gauges would follow each other. */
function reviewControl(problems: Problems, streams: Readonly<Record<string, StreamPlan>>): void {
  const controlled = Object.keys(streams).filter(
    (name) => controlOf((streams[name] as StreamPlan).load) !== null,
  )
  for (const name of controlled.slice(1)) {
    problems.error(
      join('streams', `${name}.load`),
      `only one stream can follow a gauge, and '${controlled[0]}' does: what each of them does shows in the gauges of all.`,
    )
  }
}

/** A weight that changes when nothing is measured any more. */
function reviewShifts(problems: Problems, { duration }: TrialSettings, path: string, load: LoadPlan): void {
  if (load.loop !== 'open' || load.process.kind !== 'slice' || duration === null) return
  const late = load.process.shifts?.find(({ from }) => from >= duration)
  if (late === undefined) return
  problems.warn(
    path,
    `it changes ${formatDuration(late.from)} after the start, but the measurement ends after ${formatDuration(duration)}.`,
  )
}

function partsOf(load: LoadPlan): readonly (OpenLoadPlan | ClosedLoadPlan)[] {
  return load.loop === 'stages' ? load.stages.map((stage) => stage.load) : [load]
}

function reviewClosed(problems: Problems, settings: TrialSettings, path: string, load: ClosedLoadPlan): void {
  if (load.concurrency > settings.maxInFlight) {
    problems.error(
      `${path}.${load.control === undefined ? 'concurrency' : 'max'}`,
      `${load.concurrency} users do not fit into maxInFlight, ${settings.maxInFlight}; raise it or lower the concurrency.`,
    )
  }
  if (load.requests !== null && load.requests < load.concurrency) {
    problems.warn(
      `${path}.requests`,
      `${load.requests} requests keep at most ${load.requests} of the ${load.concurrency} users busy.`,
    )
  }
}

function reviewOpen(problems: Problems, settings: TrialSettings, path: string, load: OpenLoadPlan): void {
  if (load.rate.length === 0 || settings.duration === null) return
  // A ramp may begin at 0.
  const rate = Math.max(
    load.control?.most ?? 0,
    ...load.rate.flatMap((segment) => [segment.rate, segment.rateEnd]),
  )
  const expected = (rate * settings.duration) / SECOND
  if (expected < 1)
    problems.warn(
      path,
      `a rate of ${rate}/s lets no request arrive within ${formatDuration(settings.duration)}, most likely.`,
    )
}
