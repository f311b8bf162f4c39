import { monotonicNanos } from './clock.ts'
import type { CallTiming } from './model/inference-call.ts'

/** What each answer says about the server's time, as response parameters: instants, then durations; whole nanoseconds. */
export const TIMING_PARAMETERS: readonly (readonly [name: string, pick: (timing: CallTiming) => number])[] = [
  ['servebench_receive_ns', (timing) => timing.received],
  ['servebench_compute_start_ns', (timing) => timing.computeStart],
  ['servebench_compute_end_ns', (timing) => timing.computeEnd],
  ['servebench_send_ns', monotonicNanos],
  ['servebench_queue_ns', (timing) => timing.queue],
  ['servebench_compute_input_ns', (timing) => timing.computeInput],
  ['servebench_compute_infer_ns', (timing) => timing.computeInfer],
  ['servebench_compute_output_ns', (timing) => timing.computeOutput],
  ['servebench_compute_ns', computeNanos],
  ['servebench_batch_size', (timing) => timing.batchSize],
]

export function computeNanos(timing: CallTiming): number {
  return timing.computeInput + timing.computeInfer + timing.computeOutput
}

/** The same as a `Server-Timing` header: milliseconds, as the header's definition has it. */
export function formatServerTiming(timing: CallTiming): string {
  return (
    `queue;dur=${milliseconds(timing.queue)}, compute;dur=${milliseconds(computeNanos(timing))}, ` +
    `compute_input;dur=${milliseconds(timing.computeInput)}, compute_infer;dur=${milliseconds(timing.computeInfer)}, ` +
    `compute_output;dur=${milliseconds(timing.computeOutput)}`
  )
}

function milliseconds(nanos: number): number {
  return Math.round(nanos / 10) / 100_000
}
