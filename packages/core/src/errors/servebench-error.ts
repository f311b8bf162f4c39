/** Process exit codes of the command line (also in `result.json` under `run.exit.code`). */
export const ExitCode = {
  ok: 0,
  /** An SLO, an error limit or a regression gate failed. */
  failed: 1,
  /** Wrong usage, configuration or bench file. */
  usage: 2,
  /** A measurement was invalid: the number cannot be trusted. */
  invalid: 3,
  /** The target or its server failed: nothing was completed. */
  target: 4,
  interrupted: 130,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

export interface ErrorDetails {
  /** One sentence: what the reader can do about it. */
  readonly advice?: string
  /** What was seen, in lines: the end of a log. */
  readonly detail?: string
  readonly cause?: unknown
  /** The exit code of a run that ends with this error; 2 by default. */
  readonly exitCode?: ExitCode
}

const BRAND = Symbol.for('servebench/error')

/**
 * Every error that servebench raises on purpose: a stable `code`, one sentence of what happened (`message`) and
 * one of what to do (`advice`).
 */
export class ServebenchError extends Error {
  override readonly name: string = 'ServebenchError'
  readonly code: `SERVEBENCH_${string}`
  readonly advice: string | undefined
  readonly detail: string | undefined
  readonly exitCode: ExitCode

  constructor(code: `SERVEBENCH_${string}`, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.advice = details.advice
    this.detail = details.detail
    this.exitCode = details.exitCode ?? ExitCode.usage
    Object.defineProperty(this, BRAND, { value: true })
  }

  /** An error of another copy of servebench, which a plugin may have brought along, is one too. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== ServebenchError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && BRAND in value
  }
}
