import { share } from './share.ts'

/** Inputs that end, of the users of one worker: a file that is replayed so many times. */
export class UserInputs {
  /** Units that the worker's users can still begin. */
  left: number
  /** By (user − worker) / workers; `null` when all users share one number. */
  readonly #byUser: Float64Array | null
  readonly #worker: number
  readonly #workers: number

  /** @param units of each user, or of all together where there is one number */
  constructor(units: readonly number[], worker: number, workers: number) {
    this.#worker = worker
    this.#workers = workers
    if (units.length === 1) {
      this.#byUser = null
      this.left = share(units[0] as number, worker, workers)
    } else {
      this.#byUser = Float64Array.from(units.filter((_, user) => user % workers === worker))
      this.left = this.#byUser.reduce((sum, count) => sum + count, 0)
    }
  }

  /** Takes one for a user; `false` when it has none. */
  take(user: number): boolean {
    if (this.#byUser !== null) {
      const row = (user - this.#worker) / this.#workers
      if (!((this.#byUser[row] as number) > 0)) return false
      this.#byUser[row]! -= 1
    } else if (this.left === 0) {
      return false
    }
    this.left -= 1
    return true
  }
}
