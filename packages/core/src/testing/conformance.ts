import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { Breach, Breaches, sentenceOf } from './breach.ts'

/** One rule of a contract. */
export interface Rule<Bench, Options> {
  /** What holds, as a sentence without its end. */
  readonly name: string
  /** Options of the check without which it cannot be checked. */
  readonly needs?: readonly (keyof Options & string)[]
  /** @throws {Breach} when it does not hold; anything else that it throws is a breach too */
  readonly run: (bench: Bench) => void | Promise<void>
}

/** What was checked. */
export interface ConformanceReport {
  /** Rules that held. */
  readonly held: readonly string[]
  /** Rules of a part that is not there, or that need an option which was not given. */
  readonly skipped: readonly string[]
}

export interface Conformance<Options, Checked extends Rule<never, Options>> {
  /** As an error begins: `The target on http1-raw`. */
  readonly subject: string
  /** In the order in which they are checked. */
  readonly rules: readonly Checked[]
  readonly options: Options
  /** Whether a rule is about a part that may be left out, and is. */
  readonly isAbsent?: (rule: Checked) => boolean
  /** Calls `rule.run` with a bench, and clears away after it. */
  readonly attempt: (rule: Checked) => Promise<void>
}

/** Places in which one rule is broken that are told; the others are counted. */
const MOST_PLACES = 8

/**
 * Checks a contract rule by rule. One that is broken does not keep the others from being checked, unless it is final.
 * @throws {ValidationError} with every rule that was broken, and how. Its `advice` says what else was checked; its `cause`
 * is what was thrown first where that was no breach, with its stack
 */
export async function checkRules<Options, Checked extends Rule<never, Options>>({
  subject,
  rules,
  options,
  isAbsent = () => false,
  attempt,
}: Conformance<Options, Checked>): Promise<ConformanceReport> {
  const problems: Problem[] = []
  const held: string[] = []
  const skipped: string[] = []
  const thrown: unknown[] = []
  const wanted = new Set<string>()
  for (const rule of rules) {
    const { name, needs = [] } = rule
    const missing = needs.filter((option) => options[option] === undefined)
    if (isAbsent(rule) || missing.length > 0) {
      skipped.push(name)
      if (!isAbsent(rule)) for (const option of missing) wanted.add(option)
      continue
    }
    try {
      await attempt(rule)
      held.push(name)
    } catch (error) {
      problems.push(...problemsOf(name, error))
      thrown.push(...faultsOf(error))
      // Whatever comes next would only repeat it.
      if (error instanceof Breach && error.isFinal) break
    }
  }
  if (problems.length === 0) return { held, skipped }
  const advice = [
    `${held.length} of ${rules.length} rules held`,
    ...(wanted.size === 0 ? [] : [`the check can do more with ${[...wanted].join(', ')}`]),
  ].join('; ')
  throw new ValidationError(subject, problems, {
    advice: `${advice}.`,
    ...(thrown.length === 0 ? {} : { cause: thrown[0] }),
  })
}

function problemsOf(name: string, error: unknown): readonly Problem[] {
  if (!(error instanceof Breaches)) return [{ path: name, message: sentenceOf(error) }]
  const { places } = error
  const more = places.length - MOST_PLACES
  return [
    ...places
      .slice(0, MOST_PLACES)
      .map((place) => ({ path: `${name} · ${place.path}`, message: sentenceOf(place.error) })),
    ...(more > 0 ? [{ path: name, message: `and in ${more} more places.` }] : []),
  ]
}

/** What was not thrown on purpose. */
function faultsOf(error: unknown): readonly unknown[] {
  if (error instanceof Breaches) return error.places.flatMap((place) => faultsOf(place.error))
  return error instanceof Breach ? [] : [error]
}
