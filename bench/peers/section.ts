import type { Outcome } from './trial.ts'
import type { Tool } from './tool.ts'

/** What all sections share. */
export interface Setting {
  readonly tools: readonly Tool[]
  readonly rounds: number
  /** A folder in memory for statistics, bodies and reports. */
  readonly folder: string
  readonly quietSeconds: number
  /** Called for each run, as it ends. */
  record(line: Line): void
  log(text: string): void
}

/** One run, as a line of JSON. */
export interface Line {
  readonly section: string
  readonly cell: string
  readonly tool: string
  readonly version: string
  readonly round: number
  readonly outcome: Outcome
  /** What this section measured on top. */
  readonly extra: Readonly<Record<string, number | string | null>>
}

/** A kind of comparison. */
export interface Section {
  readonly name: string
  run(setting: Setting): Promise<void>
  /** Markdown. */
  report(lines: readonly Line[]): string
}
