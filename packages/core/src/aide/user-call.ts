/** Functions of a bench file (and of adapters) that the aide calls: they may never come back. */
export const UserFunction = { check: 1, input: 2, metric: 3 } as const
export type UserFunction = (typeof UserFunction)[keyof typeof UserFunction]

const SINCE = 0
const WHAT = 1
const FIELDS = 2

/**
 * What the aide is calling right now, in shared memory: the main thread sees a call that does not end, also when it
 * keeps the aide from saying anything. One call at a time.
 */
export class UserCall {
  readonly buffer: SharedArrayBuffer
  readonly #fields: Float64Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(FIELDS * 8)) {
    this.buffer = buffer
    this.#fields = new Float64Array(buffer)
  }

  begin(what: UserFunction): void {
    this.#fields[WHAT] = what
    this.#fields[SINCE] = performance.timeOrigin + performance.now()
  }

  end(): void {
    this.#fields[SINCE] = 0
  }

  /** The call that has been going on for longer than `limit` ms; `null` when there is none. */
  overdue(limit: number): UserFunction | null {
    const since = this.#fields[SINCE] as number
    if (since === 0 || performance.timeOrigin + performance.now() - since <= limit) return null
    return this.#fields[WHAT] as UserFunction
  }
}
