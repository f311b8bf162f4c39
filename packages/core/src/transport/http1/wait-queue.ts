import type { Patch, Prepared } from '../../engine/session.ts'

const NONE = -1
/** Numbers of a patch. */
const FIELDS = 6

/**
 * Exchanges that wait for a connection, first come first served. Keeps a copy of each one's patch, which the core
 * overwrites. Adding, taking and removing cost the same however many wait, and allocate nothing.
 */
export class WaitQueue {
  length = 0
  readonly #next: Int32Array
  readonly #previous: Int32Array
  readonly #waits: Uint8Array
  readonly #prepared: (Prepared | null)[]
  /** Unit, sequence, the two halves of the salt, user and attempt. */
  readonly #fields: Float64Array
  readonly #flags: Uint8Array
  #first = NONE
  #last = NONE

  constructor(slots: number) {
    this.#next = new Int32Array(slots)
    this.#previous = new Int32Array(slots)
    this.#waits = new Uint8Array(slots)
    this.#prepared = Array.from({ length: slots }, () => null)
    this.#fields = new Float64Array(slots * FIELDS)
    this.#flags = new Uint8Array(slots)
  }

  add(slot: number, prepared: Prepared, patch: Patch): void {
    this.#prepared[slot] = prepared
    const at = slot * FIELDS
    this.#fields[at] = patch.unit
    this.#fields[at + 1] = patch.sequence
    this.#fields[at + 2] = patch.saltLow
    this.#fields[at + 3] = patch.saltHigh
    this.#fields[at + 4] = patch.user ?? -1
    this.#fields[at + 5] = patch.attempt ?? 0
    this.#flags[slot] = (patch.start ? 1 : 0) | (patch.end ? 2 : 0)
    this.#waits[slot] = 1
    this.#next[slot] = NONE
    this.#previous[slot] = this.#last
    if (this.#last === NONE) this.#first = slot
    else this.#next[this.#last] = slot
    this.#last = slot
    this.length += 1
  }

  /** The slot that has waited longest, or −1. It stays in the queue until it is removed. */
  get first(): number {
    return this.#first
  }

  has(slot: number): boolean {
    return this.#waits[slot] === 1
  }

  /** Takes a waiting slot out and fills `patch` with its copy. */
  remove(slot: number, patch: Patch): Prepared {
    const prepared = this.#prepared[slot] as Prepared
    const at = slot * FIELDS
    patch.unit = this.#fields[at] as number
    patch.sequence = this.#fields[at + 1] as number
    patch.saltLow = this.#fields[at + 2] as number
    patch.saltHigh = this.#fields[at + 3] as number
    patch.user = this.#fields[at + 4] as number
    patch.attempt = this.#fields[at + 5] as number
    const flags = this.#flags[slot] as number
    patch.start = (flags & 1) !== 0
    patch.end = (flags & 2) !== 0

    const next = this.#next[slot] as number
    const previous = this.#previous[slot] as number
    if (previous === NONE) this.#first = next
    else this.#next[previous] = next
    if (next === NONE) this.#last = previous
    else this.#previous[next] = previous
    this.#prepared[slot] = null
    this.#waits[slot] = 0
    this.length -= 1
    return prepared
  }
}
