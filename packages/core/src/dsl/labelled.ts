import type { GeneratedInput, InputSpec } from './input.ts'
import type { Sample } from './sample.ts'

/** How answers are scored against labels. */
export const QUALITY_METRICS = ['accuracy', 'top5', 'f1', 'mse'] as const
export type QualityMetric = (typeof QUALITY_METRICS)[number]

/** What the right answer to one item is: a class, by number or name; a number; or several, for `mse`. */
export type Label = string | number | readonly number[]

export interface LabelledOptions<Response = never> {
  /**
   * The labelled samples: `csv('test.csv', { tensors, label: 'class' })`, any other input, or the study's own `input` by
   * default. Their `label` is the right answer unless `labels` says it.
   */
  readonly input?: InputSpec | GeneratedInput<unknown> | Sample
  /** The right answers in the order of the items: of a batch of 8 the first 8 belong to the first request. */
  readonly labels?: readonly Label[]
  /**
   * `accuracy` (the default): the share of items whose class is right; `top5`: is among the five with the highest scores;
   * `f1`: the mean over classes (macro); `mse`: the mean squared error, of which less is better. A function scores one
   * answer itself, and the mean of what it returns is the quality.
   */
  readonly metric?:
    | QualityMetric
    | ((response: Response, label: Label | undefined) => number | Promise<number>)
  /** Names of the classes in the order of the output, where labels are names and answers are scores. */
  readonly classes?: readonly string[]
  /** The output that is scored. Default: the only one. */
  readonly output?: string
  /** Requests that are sent, at most. Default 1000; fewer where samples or labels end. */
  readonly samples?: number
  /**
   * The axes that cannot change answers, such as `['instances', 'delay']`: configurations that differ in nothing else share
   * one evaluation. By default whatever is the same server, state and target does.
   */
  readonly across?: string | readonly string[]
}

/** A quality that is found out by asking; see {@link labelled}. */
export interface LabelledQuality {
  readonly labelled: LabelledOptions
}

/** Limits of a quality; `min` is what it has to have at least. */
export interface QualityLimits {
  readonly min?: number
  readonly max?: number
}

/**
 * The quality of a configuration's answers, as a study's `quality`: labelled samples are sent once, before the load, and
 * outside of everything that is measured.
 * @example quality: labelled({ input: csv('test.csv', { tensors, label: 'class' }), metric: 'accuracy' })
 */
export function labelled<Response = never>(options: LabelledOptions<Response>): LabelledQuality {
  return { labelled: options }
}
