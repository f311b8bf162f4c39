import { formatLoad } from '../../report/load-value.ts'
import type { SearchOutcome, SearchPurpose, SearchVerdict } from '../../report/search-result.ts'

/** What a search of the highest load is about, with everything decided. */
export interface FindMaxBounds {
  readonly vary: 'rate' | 'concurrency'
  readonly from: number
  readonly to: number
  readonly precision: number
  readonly growth: number
  /** Probes' lengths that one load may take in all. */
  readonly patience: number
  /** Whether the answer is confirmed. */
  readonly confirm: boolean
}

/** The next measurement. */
export interface SearchStep {
  readonly value: number
  readonly purpose: SearchPurpose
  /** In lengths of a probe, or of a confirmation. */
  readonly length: number
  readonly confirm: boolean
  /** Judged by itself; else together with what was measured before at this load. */
  readonly fresh: boolean
  /** The highest load that passed and the lowest that did not, so far. */
  readonly low: number | null
  readonly high: number | null
}

/** What the measurements at a load say. */
export interface Finding {
  readonly verdict: SearchVerdict
  readonly reason: string
  /** The target did not keep up with what was offered: then it cannot at a higher load either. */
  readonly saturated: boolean
  /** All limits but the one on errors hold. */
  readonly errorsOnly: boolean
}

export interface Conclusion {
  readonly outcome: Exclude<SearchOutcome, 'running' | 'interrupted'>
  /** The highest load up to which everything that was tried passes. */
  readonly value: number | null
  /** The lowest load above it that certainly does not pass. */
  readonly ceiling: number | null
  readonly message: string
  readonly notes: readonly string[]
}

interface Ceiling {
  readonly value: number
  readonly verdict: Exclude<SearchVerdict, 'pass'>
}
type Walk<Result> = Generator<SearchStep, Result, Finding>

/** Times that a confirmation may take the answer back, or move it up, before the search ends. */
const ROUNDS = 6

/**
 * The search as a walk: yields what is to be measured and is given what that showed.
 *
 * Loads rise by a constant factor until one does not pass; the gap to the last one that did is halved (in ratio) until it
 * is narrow enough; then the answer is confirmed, and the load just above it is refuted. A load that is neither is
 * measured longer, and counts as not passed when patience ends. Against servers that are not monotone, and against
 * disturbances: a failure without saturation is looked at a second time, and a load above it is tried.
 */
export function findMaxWalk(bounds: FindMaxBounds): Walk<Conclusion> {
  return new FindMaxWalk(bounds).walk()
}

class FindMaxWalk {
  readonly #bounds: FindMaxBounds
  readonly #passed = new Set<number>()
  readonly #failed = new Set<number>()
  readonly #confirmed = new Set<number>()
  readonly #notes: string[] = []
  /** Probes have turned out to be too short: from then on they are as long as confirmations. */
  #long = false
  #low: number | null = null
  #high: Ceiling | null = null
  /** A load that passes above one that does not. */
  #gap: { readonly fails: number; readonly passes: number } | null = null

  constructor(bounds: FindMaxBounds) {
    this.#bounds = bounds
  }

  *walk(): Walk<Conclusion> {
    const end = yield* this.#lowest()
    if (end !== null) return end
    yield* this.#raise()
    for (let round = 0; round < ROUNDS; round++) {
      yield* this.#bisect()
      if (!this.#bounds.confirm) return this.#conclude()
      const confirmed = yield* this.#confirm()
      if (confirmed === 'yes') return this.#conclude()
      if (this.#low === null) return this.#noLowest(confirmed)
    }
    if (this.#confirmed.has(this.#low as number)) return this.#conclude()
    return {
      ...this.#conclude(),
      outcome: 'unconfirmed',
      message: `No answer held: again and again a confirmation contradicted what shorter probes had shown.`,
    }
  }

  *#lowest(): Walk<Conclusion | null> {
    const { from } = this.#bounds
    const finding = yield* this.#decide(from, 'lowest')
    if (finding.verdict === 'pass') {
      this.#pass(from)
      return null
    }
    this.#fail(from, finding)
    if (finding.verdict === 'fail' && !finding.saturated) {
      const above = yield* this.#passesAbove(from)
      if (above !== null) {
        return this.#without(
          'non-monotone',
          `The SLO fails at ${this.#show(from)} (${finding.reason}), but holds at ${this.#show(above)}: there is no single highest load.`,
        )
      }
    }
    return this.#noLowest(finding)
  }

  /** Nothing passes, not even the lowest load. */
  #noLowest({ verdict, reason, errorsOnly }: Finding): Conclusion {
    const at = this.#show(this.#bounds.from)
    switch (verdict) {
      case 'broken':
        return this.#without('failed', `Nothing could be measured at ${at}: ${reason}`)
      case 'generator-limited':
        return this.#without(
          'generator-limited',
          `The load generator cannot measure ${at} here: ${reason} That says nothing about the target.`,
        )
      case 'undecided':
        return this.#without(
          'undecided',
          `Whether the SLO holds at ${at} could not be decided (${reason}): measure longer, or raise \`patience\`.`,
        )
      default:
        return errorsOnly
          ? this.#without(
              'error-prone',
              `Already at ${at} there are more errors than the SLO allows: ${reason}.`,
            )
          : this.#without(
              'below-range',
              `The SLO does not hold at the lowest load, ${at}: ${reason}. Lower \`from\`.`,
            )
    }
  }

  *#raise(): Walk<void> {
    while (this.#low !== null && this.#low < this.#bounds.to) {
      const value = this.#up(this.#low)
      const finding = yield* this.#decide(value, 'raise')
      if (finding.verdict === 'pass') {
        this.#pass(value)
        continue
      }
      this.#fail(value, finding)
      if (finding.verdict === 'fail' && !finding.saturated) {
        const above = yield* this.#passesAbove(value)
        if (above !== null) this.#gap = { fails: value, passes: above }
      }
      return
    }
  }

  *#bisect(): Walk<void> {
    for (let middle = this.#middle(); middle !== null; middle = this.#middle()) {
      const finding = yield* this.#settle(middle, 'bisect')
      if (finding.verdict === 'pass') this.#pass(middle)
      else this.#fail(middle, finding)
    }
  }

  /** `yes`, or the finding that took the answer back or moved it. */
  *#confirm(): Walk<'yes' | Finding> {
    const at = this.#low as number
    if (!this.#confirmed.has(at)) {
      const finding = yield* this.#settle(at, 'confirm')
      if (finding.verdict !== 'pass') {
        this.#notes.push(
          `${this.#show(at)} passed as a probe but not as a longer confirmation (${finding.reason}): the search went back.`,
        )
        this.#long = true
        this.#passed.delete(at)
        const below = [...this.#passed].filter((value) => value < at)
        this.#low = below.length === 0 ? null : Math.max(...below)
        this.#fail(at, finding)
        return finding
      }
      this.#confirmed.add(at)
    }
    const above = this.#above(at)
    if (above === null || this.#high?.verdict === 'generator-limited') return 'yes'
    const finding = yield* this.#settle(above, 'above')
    if (finding.verdict !== 'pass') {
      if (finding.verdict === 'fail') this.#failed.add(above)
      return 'yes'
    }
    if (this.#high !== null && this.#high.value <= above) {
      this.#notes.push(
        `${this.#show(this.#high.value)} did not pass as a probe, but ${this.#show(above)} does as a longer confirmation: the search went on upwards.`,
      )
      this.#failed.delete(this.#high.value)
    }
    this.#confirmed.add(above)
    this.#pass(above)
    const failed = [...this.#failed].filter((value) => value > above)
    this.#high = failed.length === 0 ? null : { value: Math.min(...failed), verdict: 'fail' }
    if (this.#high === null) yield* this.#raise()
    return finding
  }

  /** Measures a load until it is decided; a failure that is not plain saturation is looked at again, on its own. */
  *#decide(value: number, purpose: SearchPurpose): Walk<Finding> {
    const first = yield* this.#settle(value, purpose)
    if (first.verdict !== 'fail' || first.saturated) return first
    const second = yield* this.#settle(value, 'recheck')
    if (second.verdict === first.verdict) return second
    const third = yield* this.#settle(value, 'recheck')
    const passes = [second, third].every(({ verdict }) => verdict === 'pass')
    const outcome = passes ? 'two of three measurements passed' : 'not all measurements agreed'
    this.#notes.push(`${this.#show(value)} once failed (${first.reason}); ${outcome}.`)
    return passes ? third : first
  }

  /** Time at one load doubles until it is decided or patience ends; one that the generator spoilt is tried once more. */
  *#settle(value: number, purpose: SearchPurpose): Walk<Finding> {
    const confirm = this.#long || purpose === 'confirm' || purpose === 'above'
    const patience = this.#patienceWith(purpose)
    const around = { low: this.#low, high: this.#high?.value ?? null }
    let spent = 0
    let spoilt = 0
    let length = 1
    for (;;) {
      const first = spent === 0 && spoilt === 0
      const finding = yield {
        value,
        purpose: first ? purpose : spoilt > 0 && spent === 0 ? 'retry' : 'extend',
        length,
        confirm,
        fresh: first && purpose === 'recheck',
        ...around,
      }
      if (finding.verdict === 'generator-limited' && spoilt === 0) {
        spoilt += 1
        continue
      }
      spent += length
      if (finding.verdict !== 'undecided' || spent >= patience) return finding
      length = Math.min(spent, patience - spent)
    }
  }

  /** Confirmations are long by themselves; above the answer, patience is for what nothing has decided yet. */
  #patienceWith(purpose: SearchPurpose): number {
    const { patience } = this.#bounds
    if (purpose === 'above' && this.#high?.verdict === 'fail') return 1
    return purpose === 'confirm' || purpose === 'above' ? patience / 2 : patience
  }

  /** The next load up, when it passes twice. */
  *#passesAbove(value: number): Walk<number | null> {
    if (value >= this.#bounds.to) return null
    const above = this.#up(value)
    const first = yield* this.#settle(above, 'look-above')
    if (first.verdict !== 'pass') return null
    const second = yield* this.#settle(above, 'recheck')
    return second.verdict === 'pass' ? above : null
  }

  #pass(value: number): void {
    this.#passed.add(value)
    this.#low = value
  }

  #fail(value: number, { verdict, reason }: Finding): void {
    if (verdict === 'broken' && this.#low !== null)
      this.#notes.push(`The target failed at ${this.#show(value)}: ${reason}`)
    if (verdict === 'fail' || verdict === 'broken') this.#failed.add(value)
    this.#high = { value, verdict: verdict as Ceiling['verdict'] }
  }

  #conclude(): Conclusion {
    const value = this.#low as number
    const failed = [...this.#failed].filter((one) => one > value)
    const ceiling = failed.length === 0 ? null : Math.min(...failed)
    const end = { value, ceiling, notes: this.#notes }
    const at = this.#show(value)
    if (this.#gap !== null) {
      return {
        ...end,
        outcome: 'non-monotone',
        message: `The SLO holds up to ${at}, fails at ${this.#show(this.#gap.fails)}, and holds again at ${this.#show(this.#gap.passes)}: the answer is only the end of the first range.`,
      }
    }
    if (value >= this.#bounds.to) {
      return {
        ...end,
        outcome: 'above-range',
        message: `The SLO holds at the highest load that was allowed, ${at}: the limit lies above. Raise \`to\`.`,
      }
    }
    if (this.#high?.verdict === 'generator-limited') {
      return {
        ...end,
        outcome: 'generator-limited',
        message: `The SLO holds at ${at}; at ${this.#show(this.#high.value)} the load generator was the limit, not the target. Use more workers or another machine.`,
      }
    }
    const open =
      this.#high?.verdict === 'undecided'
        ? ` ${this.#show(this.#high.value)} could not be decided within patience.`
        : ''
    return { ...end, outcome: 'found', message: `The SLO holds up to ${at}.${open}` }
  }

  #without(outcome: Conclusion['outcome'], message: string): Conclusion {
    return { outcome, value: null, ceiling: null, message, notes: this.#notes }
  }

  #up(value: number): number {
    return Math.min(this.#bounds.to, this.#round(value * this.#bounds.growth, value))
  }

  /** `null` when the gap is narrow enough, or there is none. */
  #middle(): number | null {
    const low = this.#low
    const high = this.#high?.value ?? null
    if (low === null || high === null || high - low <= this.#bounds.precision * low) return null
    const middle = this.#round(Math.sqrt(low * high), low)
    return middle > low && middle < high ? middle : null
  }

  #above(value: number): number | null {
    const above = Math.min(this.#bounds.to, this.#round(value * (1 + this.#bounds.precision), value))
    return above > value ? above : null
  }

  /** Users are whole; rates have five significant digits. */
  #round(value: number, above: number): number {
    if (this.#bounds.vary === 'rate') return Number(value.toPrecision(5))
    return Math.max(above + 1, Math.round(value))
  }

  #show(value: number): string {
    return formatLoad(this.#bounds.vary, value)
  }
}
