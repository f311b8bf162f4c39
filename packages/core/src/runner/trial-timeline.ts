import type { MonotonicClock } from '../clock/monotonic-clock.ts'
import type { TrialControl } from '../engine/control.ts'
import type { LiveView } from '../engine/live-view.ts'
import type { StableWarmupPlan, TrialSettings } from '../plan/trial-plan.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'
import { WarmupWatch, type WarmupDecision } from './warmup-watch.ts'

/** Boundaries are decided at least this far ahead, so that every worker sees them in time. */
const AHEAD: Nanos = 50 * MILLISECOND
const POLL_MS = 5
/** How often the workers' counters are read for decisions. */
const READING: Nanos = 100 * MILLISECOND

export interface TimelineParts {
  readonly control: TrialControl
  readonly clock: MonotonicClock
  readonly lives: readonly LiveView[]
  readonly settings: TrialSettings
  /** Every stream has a fixed number of units: the measurement ends with the last of them, or with its time. */
  readonly counted: boolean
  /** Resolves for each worker when its population has settled, to the instant of its last settlement. */
  readonly settled: readonly Promise<Nanos>[]
  /** Aborted when the measurement is to end early: Ctrl-C, a dead server. */
  readonly stop: AbortSignal
  /** For a measurement with a stop rule: whether it has been met. */
  readonly isProven?: () => boolean
  /** For a load that follows a gauge. */
  readonly steering?: LoadSteering
  onMeasureFrom(): void | Promise<void>
  onMeasureUntil(): void | Promise<void>
}

/** A load that is moved: it decides when the measurement may begin, and when it has to end. */
export interface LoadSteering {
  /** The warm-up is over: resolves when the load is where it is to be measured, or `stop` is aborted. */
  settle(stop: AbortSignal): Promise<void>
  /** Aborted when the load cannot be held any more. */
  readonly cut: AbortSignal
}

export interface TimelineOutcome {
  /** `false` when the trial was stopped before its measurement began. */
  readonly measured: boolean
  readonly stopped: boolean
  readonly drainedAt: Nanos
  /** How a warm-up that lasts until the target is steady has ended. */
  readonly warmup: WarmupDecision | null
}

/** Walks a trial through its phases: decides A and B, awaits the population, and ends the drain. */
export async function runTimeline(parts: TimelineParts): Promise<TimelineOutcome> {
  const { control, clock, settings, stop, steering } = parts
  const allSettled = Promise.all(parts.settled)
  // A trial that is stopped early never asks; a worker that fails says so elsewhere too.
  allSettled.catch(() => {})
  let warmup: WarmupDecision | null = null
  if ('duration' in settings.warmup) {
    if (steering === undefined) control.measureFrom = settings.warmup.duration
    else await until(parts, settings.warmup.duration)
  } else if ('until' in settings.warmup) {
    warmup = await steady(parts, settings.warmup)
  } else {
    await settledUnits(parts, settings.warmup.requests)
  }
  if (!stop.aborted) await steering?.settle(stop)
  if (stop.aborted) return await endEarly(parts)
  if (control.measureFrom === Infinity) control.measureFrom = clock.now() + AHEAD
  if (settings.duration !== null)
    control.measureUntil = control.measureFrom + Math.max(settings.duration, settings.until?.maximum ?? 0)
  await until(parts, control.measureFrom)
  if (stop.aborted) return await endEarly(parts)
  await parts.onMeasureFrom()

  if (control.measureUntil === Infinity || parts.counted) {
    const last = await allOrEnd(parts, allSettled)
    // A population of a fixed count ends with its last settlement, which belongs to it.
    if (last !== null)
      control.measureUntil = Math.min(control.measureUntil, Math.max(control.measureFrom, ...last) + 1)
    else if (control.measureUntil === Infinity) control.measureUntil = clock.now() + AHEAD
  }
  if (settings.until && parts.isProven !== undefined) await proven(parts, parts.isProven)
  const ends = steering === undefined ? stop : AbortSignal.any([stop, steering.cut])
  await until({ ...parts, stop: ends }, control.measureUntil)
  if (ends.aborted && clock.now() < control.measureUntil) {
    control.measureUntil = Math.min(control.measureUntil, clock.now() + AHEAD)
    await sleep(Math.max(0, control.measureUntil - clock.now()))
  }
  await parts.onMeasureUntil()
  const deadline = control.measureUntil + settings.drain
  const patience = new AbortController()
  await Promise.race([allSettled, sleep(Math.max(0, deadline - clock.now()), patience.signal)])
  patience.abort()
  return { measured: true, stopped: stop.aborted, drainedAt: await endLoad(parts), warmup }
}

async function endEarly(parts: TimelineParts): Promise<TimelineOutcome> {
  return { measured: false, stopped: true, drainedAt: await endLoad(parts), warmup: null }
}

/** No further arrivals; what is open is cancelled at the workers' next turn. */
async function endLoad({ control, clock, lives }: TimelineParts): Promise<Nanos> {
  const now = clock.now()
  control.arrivalsUntil = now
  control.drainUntil = now
  const patience = now + 500 * MILLISECOND
  while (lives.some((live) => live.get('inFlight') > 0) && clock.now() < patience)
    await sleep(POLL_MS * MILLISECOND)
  return now
}

async function settledUnits({ lives, stop }: TimelineParts, wanted: number): Promise<void> {
  while (!stop.aborted && lives.reduce((sum, live) => sum + live.get('settledUnits'), 0) < wanted) {
    await sleep(POLL_MS * MILLISECOND)
  }
}

/** Reads the workers' counters until the target looks steady, or until the longest warm-up is over. */
async function steady(
  { lives, stop, clock }: TimelineParts,
  plan: StableWarmupPlan,
): Promise<WarmupDecision | null> {
  const watch = new WarmupWatch(plan)
  while (!stop.aborted) {
    await sleep(READING, stop)
    let completed = 0
    let time = 0
    for (const { response } of lives) {
      completed += response.count
      time += response.sum
    }
    const decision = watch.read(clock.now(), completed, time)
    if (decision !== null) return decision
  }
  return null
}

/** Ends the measurement as soon as its stop rule is met, or leaves it to its longest duration. */
async function proven(
  { control, clock, stop, steering }: TimelineParts,
  isProven: () => boolean,
): Promise<void> {
  while (!stop.aborted && steering?.cut.aborted !== true && clock.now() < control.measureUntil) {
    if (isProven()) {
      control.measureUntil = Math.min(control.measureUntil, clock.now() + AHEAD)
      return
    }
    await sleep(Math.min(READING, Math.max(0, control.measureUntil - clock.now())), stop)
  }
}

/** The last settlements, or `null` when the measurement's time was up, or the trial stopped, before that. */
async function allOrEnd(
  { control, clock, stop }: TimelineParts,
  allSettled: Promise<Nanos[]>,
): Promise<Nanos[] | null> {
  if (control.measureUntil === Infinity) return await raced(allSettled, stop)
  const patience = new AbortController()
  const end = sleep(Math.max(0, control.measureUntil - clock.now()), patience.signal)
  const last = await raced(Promise.race([allSettled, end.then(() => null)]), stop)
  patience.abort()
  return last
}

/** Sleeps until an instant of the trial, or until the trial is stopped. */
async function until({ clock, stop }: TimelineParts, instant: Nanos): Promise<void> {
  await raced(sleep(Math.max(0, instant - clock.now()), stop), stop)
}

/** The promise's value, or `null` when the signal came first. */
async function raced<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  if (signal.aborted) return null
  let onAbort: () => void = () => {}
  const aborted = new Promise<null>((resolve) => {
    onAbort = () => resolve(null)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** A signal that has listeners is kept as long as those that it follows: none may be left behind. */
function sleep(nanos: Nanos, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, nanos / MILLISECOND)
    signal?.addEventListener('abort', end, { once: true })
  })
}
