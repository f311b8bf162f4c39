import type { Sample } from './sample.ts'
import type { TargetKind, TargetSpec } from './target.ts'

/** What the functions of a pipeline know beside the answer that they are given. */
export interface StepContext {
  /** The number of the unit of arrival, from 0; unique in a trial. */
  readonly unit: number
  /** What the scenario's `input` gave for this request. Shared by all requests that use it: read it only. */
  readonly input: unknown
  /** What the steps before have answered, by their names. */
  readonly answers: Readonly<Record<string, unknown>>
  /** Aborted when the request passes its timeout or the trial ends. */
  readonly signal: AbortSignal
}

/** A step that asks a target. */
export interface TargetStep<Previous, Request, Response> {
  /** Letters, digits, `-` and `_`; results carry it. */
  readonly name: string
  readonly target: TargetSpec<TargetKind, Request, Response>
  /**
   * Makes the request of the answer of the step before; without it, that answer is the request. The first step has none:
   * what it is asked is the scenario's `input`.
   */
  readonly input?: (answer: Previous, context: StepContext) => Sample | Request | Promise<Sample | Request>
  /** Whether the chain can go on with this answer; where not, it ends here, as failed (`unexpected-answer`). */
  readonly check?: (answer: Response, context: StepContext) => boolean | Promise<boolean>
  readonly run?: undefined
}

/** A step that calls a function of the bench file, such as pre-processing, and takes the time. */
export interface FunctionStep<Value, Result> {
  /** Letters, digits, `-` and `_`; results carry it. */
  readonly name: string
  /** Is given what the step before has answered; the first step, the scenario's `input`. */
  readonly run: (value: Value, context: StepContext) => Result | Promise<Result>
  /** Whether the chain can go on with this result; where not, it ends here, as failed (`unexpected-answer`). */
  readonly check?: (result: Result, context: StepContext) => boolean | Promise<boolean>
  readonly target?: undefined
  readonly input?: undefined
}

/** One step of {@link pipeline}: asks a target, or runs a function. */
export type PipelineStep<Previous, Request, Response> =
  | TargetStep<Previous, Request, Response>
  | FunctionStep<Previous, Response>

/** The first step is asked what the scenario's `input` gives. */
export type FirstStep<Request, Response> =
  | (TargetStep<never, Request, Response> & { readonly input?: undefined })
  | FunctionStep<Request, Response>

/** What a pipeline is asked and what it answers: the request of its first step and the answer of its last. */
export type PipelineTarget<Request, Response> = TargetSpec<'pipeline', Request, Response>

/**
 * Several targets in a row as one: every request goes through all steps, each asked what `input` makes of the answer
 * before; up to eight of them. Steps may be of different protocols, and functions of the bench file may stand between them. The functions run
 * on the load thread, once per request: what they do there delays the schedule, and results say how long it took.
 * @example
 * pipeline([
 *   { name: 'detect', target: triton({ model: 'detector' }) },
 *   { name: 'crop', run: (found) => cropped(found) },
 *   { name: 'classify', target: triton({ model: 'classifier' }) },
 * ])
 */
export function pipeline<
  Q1 = Absent,
  A1 = Absent,
  Q2 = Absent,
  A2 = Absent,
  Q3 = Absent,
  A3 = Absent,
  Q4 = Absent,
  A4 = Absent,
  Q5 = Absent,
  A5 = Absent,
  Q6 = Absent,
  A6 = Absent,
  Q7 = Absent,
  A7 = Absent,
  Q8 = Absent,
  A8 = Absent,
>(
  steps: readonly [
    FirstStep<Q1, A1>,
    PipelineStep<A1, Q2, A2>?,
    PipelineStep<A2, Q3, A3>?,
    PipelineStep<A3, Q4, A4>?,
    PipelineStep<A4, Q5, A5>?,
    PipelineStep<A5, Q6, A6>?,
    PipelineStep<A6, Q7, A7>?,
    PipelineStep<A7, Q8, A8>?,
  ],
): PipelineTarget<Q1, Last<[A8, A7, A6, A5, A4, A3, A2, A1]>> {
  // Functions are named by where they are; see `readSpec`.
  return { kind: 'pipeline', package: 'servebench', options: { steps } }
}

/** The answer of a step that there is none of. */
declare const absent: unique symbol
type Absent = typeof absent

/** The first of the answers, latest first, that there is. */
type Last<Answers extends readonly unknown[]> = Answers extends readonly [infer Answer, ...infer Earlier]
  ? [Answer] extends [Absent]
    ? Last<Earlier>
    : Answer
  : unknown
