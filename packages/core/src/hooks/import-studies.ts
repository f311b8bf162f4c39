import type { Duration } from '../units/duration.ts'

/** A file of another tool that stands for studies. */
export interface ForeignStudies {
  /** As it was named. */
  readonly file: string
  /** At most 1 MiB. */
  readonly text: string
  /** What relative paths of the file start from: the working directory. */
  readonly directory: string
}

/** What goes before the words of the file. Checked already; what is absent is as the file has it. */
export interface ImportOptions {
  /** Only these models of the file. */
  readonly models?: readonly string[]
  readonly launch?: 'local' | 'container' | 'attach'
  /** Of the HTTP endpoint of a server that runs already. */
  readonly url?: string
  /** Where models are. */
  readonly repository?: string
  /** Of a container. */
  readonly image?: string
  readonly protocol?: string
  /** Dimensions by the names of inputs. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>
  /** Of the 99th percentile. */
  readonly latencyBudget?: Duration
  /** Per second. */
  readonly minThroughput?: number
  /** Users at most. */
  readonly maxConcurrency?: number
}

/** The bench file that a file of another tool stands for. */
export interface ImportedStudies {
  /** TypeScript, as a person would have written it; what it does not say stands in comments. */
  readonly text: string
  /** What was not taken over as it stands: a sentence each, and where it stands in the file. */
  readonly notes: readonly ImportNote[]
}

export interface ImportNote {
  readonly path: string
  readonly message: string
  /** Nothing is lost: it is said elsewhere, or there is nothing to say. */
  readonly isHarmless?: boolean
}
