/** Something is wrong with how the program was started: it ends with exit code 2. The server loads nothing of servebench. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  /** One sentence: what the reader can do about it. */
  readonly advice: string

  constructor(message: string, advice: string, cause?: unknown) {
    super(message, { cause })
    this.advice = advice
  }
}
