import type { CaseSummary } from './case-summary.ts'

/** What several cases of a scenario have in common: a reason of their verdicts, or why they were left out. */
export interface SharedProblem {
  /** `invalid`, `skipped`, …, which also colours it. */
  readonly word: string
  /** As it was said of the first case: of others the numbers in it may differ. */
  readonly message: string
  readonly advice: string | null
  /** Names of the cases. */
  readonly cases: readonly string[]
}

/** So many cases share a problem before it is told once. */
const FEWEST = 3

/**
 * Parts what many cases have in common from what is told of each: sixty cases on a busy machine have one problem, not
 * sixty.
 */
export function shareProblems(cases: readonly CaseSummary[]): {
  readonly shared: readonly SharedProblem[]
  readonly rest: readonly CaseSummary[]
} {
  const shared = [...Map.groupBy(cases.flatMap(problemsOf), ({ key }) => key).values()]
    .filter((group) => new Set(group.map(({ name }) => name)).size >= FEWEST)
    .map((group) => group as [Problem, ...Problem[]])
  const isShared = new Set(shared.map(([{ key }]) => key))
  return {
    shared: shared.map((group) => {
      const [{ word, message, advice }] = group
      return { word, message, advice, cases: [...new Set(group.map(({ name }) => name))] }
    }),
    rest: cases.map((one) => ({
      ...one,
      verdict: {
        ...one.verdict,
        reasons: one.verdict.reasons.filter(
          ({ severity, message }) => !isShared.has(keyOf(severity, message)),
        ),
      },
      failures: one.failures.filter(
        ({ state, message, detail }) => detail !== null || !isShared.has(keyOf(state, message)),
      ),
    })),
  }
}

/** `all 12 cases`, or how many, and where to begin to look. */
export function whichCases(cases: readonly string[], all: number): string {
  return cases.length === all ? `all ${all} cases` : `${cases.length} cases, the first of them ${cases[0]}`
}

interface Problem extends Omit<SharedProblem, 'cases'> {
  readonly key: string
  readonly name: string
}

function problemsOf({ name, verdict, failures }: CaseSummary): readonly Problem[] {
  return [
    ...verdict.reasons.map(({ severity, message, advice }) => ({
      key: keyOf(severity, message),
      name,
      word: severity,
      message,
      advice,
    })),
    // The log of a server belongs to its own case.
    ...failures
      .filter(({ detail }) => detail === null)
      .map(({ state, message, advice }) => ({
        key: keyOf(state, message),
        name,
        word: state,
        message,
        advice,
      })),
  ]
}

function keyOf(word: string, message: string): string {
  return `${word} ${withoutNumbers(message)}`
}

/** Numbers with their units: `1.20 ms` and `300 µs` are of the same message. */
function withoutNumbers(message: string): string {
  return message.replaceAll(/\d[\d.,\u00a0]*(?:\s(?:[nµm]?s|min|h)\b)?/g, '#')
}

/** Reasons of an exit code, `CASE: why`: what is the same of many cases is said once. */
export function shareReasons(reasons: readonly string[], cases: readonly string[]): readonly string[] {
  // The longest name: one case may be called as another one begins.
  const names = [...cases].sort((a, b) => b.length - a.length)
  const parted = reasons.map((reason) => {
    const name = names.find((one) => reason.startsWith(`${one}: `))
    return { reason, name, why: name === undefined ? null : reason.slice(name.length + 2) }
  })
  const groups = Map.groupBy(parted, ({ reason, why }) => (why === null ? reason : withoutNumbers(why)))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    return group.length < FEWEST || first?.name === undefined
      ? group.map(({ reason }) => reason)
      : [`${group.length} cases, the first of them ${first.name}: ${first.why}`]
  })
}
