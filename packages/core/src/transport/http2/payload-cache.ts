import type { Prepared } from '../../engine/session.ts'

/** What a session makes of each payload, once. A session may outlive a trial, and with it the ring of payloads. */
export class PayloadCache<Made> {
  readonly #make: (prepared: Prepared) => Made
  readonly #payloads: Prepared[]
  readonly #made: Made[]

  constructor(payloads: readonly Prepared[], make: (prepared: Prepared) => Made) {
    this.#make = make
    this.#payloads = [...payloads]
    this.#made = payloads.map(make)
  }

  of(prepared: Prepared): Made {
    const { index } = prepared
    if (this.#payloads[index] === prepared) return this.#made[index] as Made
    const made = this.#make(prepared)
    this.#payloads[index] = prepared
    this.#made[index] = made
    return made
  }
}
