import type { TrialPlan } from '../../plan/trial-plan.ts'

/** What the answers to labelled samples are worth. */
export interface QualityReport {
  /** `function` where the bench file scores answers itself. */
  readonly metric: 'accuracy' | 'top5' | 'f1' | 'mse' | 'function'
  readonly value: number
  /** 95 %: Wilson's of a share, else by resampling the items; `null` of a single one. */
  readonly interval: readonly [low: number, high: number] | null
  /** Items that were scored. */
  readonly samples: number
}

/** What the same inputs gave, compared with what they gave in another case. */
export interface AgreementReport {
  /** The case that was asked first; `null` for itself. */
  readonly reference: TrialPlan['case'] | null
  readonly inputs: number
  /** |value − reference| ≤ absolute + relative × |reference| */
  readonly tolerance: { readonly absolute: number; readonly relative: number }
  readonly agrees: boolean
  readonly outputs: readonly OutputAgreement[]
}

/** One output, over all inputs. What cannot be compared has a `problem` instead of differences. */
export interface OutputAgreement {
  /** Its common name. */
  readonly name: string
  /** `null` where the protocol does not tell, or the output is missing. */
  readonly datatype: string | null
  /** Of the first answer; `null` when the output is missing. */
  readonly shape: readonly number[] | null
  readonly elements: number
  /** Elements outside of the tolerance; `null` where nothing is compared. */
  readonly differing: number | null
  /** The largest differences of finite elements; relative ones where the reference is not 0. */
  readonly maxAbsolute: number | null
  readonly maxRelative: number | null
  /** Elements that are NaN on both sides. */
  readonly notNumbers: number | null
  /** Why it does not agree, in a sentence; `null` when it does. */
  readonly problem: string | null
}
