import { FINE_LAYOUT } from '../../stats/histogram/layout.ts'
import { LogLinearHistogram } from '../../stats/histogram/log-linear-histogram.ts'
import type { Nanos } from '../../units/nanos.ts'
import { Outcome } from '../outcome.ts'
import type { ChainTable } from './chain-table.ts'

/** What is counted of each step, in the order of {@link StepTotals.steps}' columns. */
export const StepColumn = {
  due: 0,
  sent: 1,
  completed: 2,
  failed: 3,
  timedOut: 4,
  censored: 5,
  /** Of completed chains, ns. */
  time: 6,
  glue: 7,
} as const
export const STEP_COLUMNS = 8

/** Durations that are kept of each step, by position. */
export const STEP_DURATIONS = [
  'time',
  'glue',
  'transportWait',
  'firstByte',
  'serverQueue',
  'serverCompute',
] as const
const TIME = 0
const GLUE = 1
const TRANSPORT_WAIT = 2
const FIRST_BYTE = 3
const SERVER_QUEUE = 4
const SERVER_COMPUTE = 5

/** What one worker knows of the steps of a pipeline: plain data and shared memory. */
export interface StepTotals {
  /** {@link STEP_COLUMNS} numbers per step. */
  readonly steps: Float64Array
  /** Chains that completed, and their summed times before the first step, in all glue, and in all, ns. */
  readonly chains: {
    readonly completed: number
    readonly before: Nanos
    readonly glue: Nanos
    readonly response: Nanos
  }
  /** By step, how often it failed with which code. */
  readonly failures: readonly (readonly (readonly [code: number, count: number])[])[]
  /** Fine histograms one after the other: those of the steps in the order of {@link STEP_DURATIONS}, then the glue of a chain. */
  readonly histograms: SharedArrayBuffer
}

export const HISTOGRAM_BYTES: number = align(LogLinearHistogram.byteLength(FINE_LAYOUT))

/** The histograms of {@link StepTotals}. */
export function histogramsOf(buffer: SharedArrayBuffer): LogLinearHistogram[] {
  return Array.from(
    { length: buffer.byteLength / HISTOGRAM_BYTES },
    (_, index) => new LogLinearHistogram(FINE_LAYOUT, buffer, index * HISTOGRAM_BYTES),
  )
}

/** Takes the times of chains apart, as each settles. Nothing is allocated per request. */
export class StepRecorder {
  readonly #numbers: Float64Array
  readonly #buffer: SharedArrayBuffer
  readonly #histograms: readonly LogLinearHistogram[]
  readonly #failures: readonly Map<number, number>[]
  #completed = 0
  #before: Nanos = 0
  #glue: Nanos = 0
  #response: Nanos = 0

  constructor(steps: number) {
    this.#numbers = new Float64Array(steps * STEP_COLUMNS)
    this.#buffer = new SharedArrayBuffer((steps * STEP_DURATIONS.length + 1) * HISTOGRAM_BYTES)
    this.#histograms = histogramsOf(this.#buffer)
    this.#failures = Array.from({ length: steps }, () => new Map<number, number>())
  }

  /**
   * A chain of the population has settled.
   * @param code why it failed, where it did, as records have it: the step that it had come to is to blame
   */
  settled(
    table: ChainTable,
    slot: number,
    outcome: Outcome,
    code: number,
    intended: Nanos,
    now: Nanos,
  ): void {
    const completed = outcome === Outcome.completed
    const last = table.step[slot] as number
    const first = table.at(slot, 0)
    let inSteps = 0
    for (let step = 0; step <= last; step++) {
      const row = first + step
      const base = step * STEP_COLUMNS
      const opened = table.opened[row] as number
      const sent = table.sent[row] as number
      this.#numbers[base + StepColumn.due]! += 1
      if (sent === sent) this.#numbers[base + StepColumn.sent]! += 1
      if (step === last && !completed) {
        this.#blame(base, step, outcome, code)
        return
      }
      const time = (table.ended[row] as number) - opened
      this.#numbers[base + StepColumn.completed]! += 1
      this.#record(step, TIME, time)
      if (step > 0) this.#record(step, GLUE, opened - (table.due[row] as number))
      this.#record(step, TRANSPORT_WAIT, sent - opened)
      this.#record(step, FIRST_BYTE, (table.firstByte[row] as number) - opened)
      this.#record(step, SERVER_QUEUE, table.serverQueue[row] as number)
      this.#record(step, SERVER_COMPUTE, table.serverCompute[row] as number)
      inSteps += time
    }
    const began = table.opened[first] as number
    const glue = now - began - inSteps
    for (let step = 0; step <= last; step++) {
      const row = first + step
      const base = step * STEP_COLUMNS
      this.#numbers[base + StepColumn.time]! += (table.ended[row] as number) - (table.opened[row] as number)
      if (step > 0)
        this.#numbers[base + StepColumn.glue]! += (table.opened[row] as number) - (table.due[row] as number)
    }
    this.#completed += 1
    this.#before += began - intended
    this.#glue += glue
    this.#response += now - intended
    ;(this.#histograms.at(-1) as LogLinearHistogram).record(glue)
  }

  totals(): StepTotals {
    return {
      steps: this.#numbers,
      chains: {
        completed: this.#completed,
        before: this.#before,
        glue: this.#glue,
        response: this.#response,
      },
      failures: this.#failures.map((counts) => [...counts]),
      histograms: this.#buffer,
    }
  }

  #blame(base: number, step: number, outcome: Outcome, code: number): void {
    switch (outcome) {
      case Outcome.timedOut:
        this.#numbers[base + StepColumn.timedOut]! += 1
        break
      case Outcome.censored:
        this.#numbers[base + StepColumn.censored]! += 1
        break
      default: {
        this.#numbers[base + StepColumn.failed]! += 1
        const counts = this.#failures[step] as Map<number, number>
        counts.set(code, (counts.get(code) ?? 0) + 1)
      }
    }
  }

  /** Leaves out what did not happen. */
  #record(step: number, duration: number, value: Nanos): void {
    if (value !== value) return
    ;(this.#histograms[step * STEP_DURATIONS.length + duration] as LogLinearHistogram).record(value)
  }
}

function align(bytes: number): number {
  return Math.ceil(bytes / 8) * 8
}
