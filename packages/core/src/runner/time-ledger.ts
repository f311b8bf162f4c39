import { restOf } from '../plan/estimate.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { RunTime } from '../report/result.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'

/** What the time of a run goes into, apart from what nobody has noted. */
export type TimePart = Exclude<keyof RunTime, 'total'>

/** Notes where the time of a run goes. */
export class TimeLedger {
  readonly #now: () => number
  readonly #begun: number
  readonly #spent: Record<TimePart, Nanos> = {
    measuring: 0,
    servers: 0,
    planning: 0,
    preparing: 0,
    finishing: 0,
    storing: 0,
  }

  /** @param now milliseconds on a monotonic clock */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#begun = now()
  }

  /** Milliseconds on the ledger's clock. */
  now(): number {
    return this.#now()
  }

  add(part: TimePart, milliseconds: number): void {
    this.#spent[part] += Math.max(0, milliseconds) * MILLISECOND
  }

  /** Notes how long something takes, also when it fails. */
  async of<T>(part: TimePart, work: () => Promise<T> | T): Promise<T> {
    const from = this.#now()
    try {
      return await work()
    } finally {
      this.add(part, this.#now() - from)
    }
  }

  /** Milliseconds that a part has taken so far. */
  spent(part: TimePart): number {
    return this.#spent[part] / MILLISECOND
  }

  report(): RunTime {
    return { total: (this.#now() - this.#begun) * MILLISECOND, ...this.#spent }
  }
}

/** What is known of a measured trial's course, in milliseconds on the ledger's clock and in ns from its origin. */
interface TrialCourse {
  readonly origin: number
  readonly phases: { readonly drainedAt: Nanos }
}

/** Divides the time of one trial, from what it begins with to where its result is known. */
export class TrialTime {
  readonly #ledger: TimeLedger
  readonly #plan: Pick<TrialPlan, 'settings' | 'role' | 'coldStart'>
  readonly #begun: number
  readonly #servers: number
  #serversUp: number

  constructor(ledger: TimeLedger, plan: Pick<TrialPlan, 'settings' | 'role' | 'coldStart'>) {
    this.#ledger = ledger
    this.#plan = plan
    this.#begun = ledger.now()
    this.#servers = ledger.spent('servers')
    this.#serversUp = this.#servers
  }

  /** The server is as the plan wants it: what servers take from here on, they take after the load. */
  serverUp(): void {
    this.#serversUp = this.#ledger.spent('servers')
  }

  /** @param course `null` of a trial that was not measured */
  end(course: TrialCourse | null): void {
    const ledger = this.#ledger
    const now = ledger.now()
    const servers = ledger.spent('servers')
    if (course === null) {
      ledger.add('preparing', now - this.#begun - (servers - this.#servers))
      return
    }
    const { origin, phases } = course
    const waited = ((this.#plan.coldStart?.idle ?? 0) + restOf(this.#plan)) / MILLISECOND
    const measured = Math.max(0, phases.drainedAt) / MILLISECOND
    ledger.add('measuring', measured + waited)
    ledger.add('preparing', origin - this.#begun - waited - (this.#serversUp - this.#servers))
    ledger.add('finishing', now - origin - measured - (servers - this.#serversUp))
  }
}
