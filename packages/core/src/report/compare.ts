import { ServebenchError } from '../errors/servebench-error.ts'
import { fullName } from './case-name.ts'
import {
  findEngineDifferences,
  findEnvironmentDifferences,
  findPlanDifferences,
  type Difference,
} from './compare-conditions.ts'
import { compareMetrics, type MetricComparison } from './compare-metrics.ts'
import type { CaseResult, RunResult, Trial } from './result.ts'

/** Two results, case by case. Plain data: the same object is printed and written as JSON. */
export interface Comparison {
  readonly schemaVersion: 1
  readonly base: ComparedRun
  readonly other: ComparedRun
  /** How the machines and versions differ. */
  readonly differences: readonly Difference[]
  /** Whether differences that forbid a comparison were overruled. */
  readonly forced: boolean
  readonly cases: readonly CaseComparison[]
  /** Cases that only one of the results has, by name. */
  readonly onlyInBase: readonly string[]
  readonly onlyInOther: readonly string[]
}

export interface ComparedRun {
  readonly id: string
  readonly startedAt: string
  readonly seed: string
  readonly versions: Readonly<Record<string, string>>
}

export interface CaseComparison {
  readonly id: string
  /** `describe > scenario > instances=1,batch=8`. */
  readonly name: string
  /** How the plans and engines differ. */
  readonly differences: readonly Difference[]
  /** Why the numbers are not compared; then `metrics` is empty. */
  readonly refused: readonly string[]
  readonly repeats: { readonly base: number; readonly other: number }
  readonly metrics: readonly MetricComparison[]
  /** What limits the conclusions: few repeats, a suspect measurement. */
  readonly notes: readonly string[]
}

export interface CompareOptions {
  /** Compares in spite of another engine, plan or machine. */
  readonly force?: boolean
}

/**
 * Compares the cases that two results have in common. Numbers of another engine, plan or machine are not comparable:
 * such cases are refused, with the reasons, unless `force` is set.
 * @throws {ServebenchError} `SERVEBENCH_COMPARE` when the results have no case in common.
 */
export function compareResults(base: RunResult, other: RunResult, options: CompareOptions = {}): Comparison {
  const force = options.force ?? false
  const differences = findEnvironmentDifferences(base.run, other.run)
  const others = new Map(other.cases.map((one) => [one.id, one]))
  const known = new Set(base.cases.map((one) => one.id))
  const blocked = differences.filter((difference) => difference.blocking)
  const cases = base.cases.flatMap((one) => {
    const match = others.get(one.id)
    return match === undefined ? [] : [compareCase(one, base, match, other, blocked, force)]
  })
  if (cases.length === 0) {
    throw new ServebenchError('SERVEBENCH_COMPARE', 'The results have no case in common.', {
      advice:
        'Cases are matched by bench file, names and matrix values: compare runs of the same bench files.',
    })
  }
  return {
    schemaVersion: 1,
    base: describeRun(base),
    other: describeRun(other),
    differences,
    forced:
      force && (blocked.length > 0 || cases.some((one) => one.differences.some(({ blocking }) => blocking))),
    cases,
    onlyInBase: base.cases.filter((one) => !others.has(one.id)).map(fullName),
    onlyInOther: other.cases.filter((one) => !known.has(one.id)).map(fullName),
  }
}

/** Whether any case was refused: a comparison that was asked for and not made. */
export function isRefused(comparison: Comparison): boolean {
  return comparison.cases.some((one) => one.refused.length > 0)
}

function compareCase(
  baseCase: CaseResult,
  base: RunResult,
  otherCase: CaseResult,
  other: RunResult,
  blocked: readonly Difference[],
  force: boolean,
): CaseComparison {
  const baseTrials = usedTrials(baseCase, base)
  const otherTrials = usedTrials(otherCase, other)
  const differences = findCaseDifferences(baseTrials, otherTrials)
  const refused = [
    ...(force ? [] : [...blocked, ...differences.filter(({ blocking }) => blocking)].map(describeDifference)),
    ...missing('The base', baseTrials),
    ...missing('The other result', otherTrials),
  ]
  const compared = refused.length === 0
  const metrics = compared ? compareMetrics(baseCase, baseTrials, otherCase, otherTrials) : []
  return {
    id: baseCase.id,
    name: fullName(baseCase),
    differences,
    refused,
    repeats: { base: baseTrials.length, other: otherTrials.length },
    metrics,
    notes: compared ? notesOf(baseCase, baseTrials, otherCase, otherTrials) : [],
  }
}

/** The repeats that the case's numbers come from. */
function usedTrials(one: CaseResult, result: RunResult): readonly Trial[] {
  const ids = new Set(one.trials)
  return result.trials.filter((trial) => ids.has(trial.id) && trial.verdict.validity !== 'invalid')
}

function findCaseDifferences(base: readonly Trial[], other: readonly Trial[]): readonly Difference[] {
  const [a] = base
  const [b] = other
  if (a === undefined || b === undefined) return []
  return [...findEngineDifferences(a.engine.name, b.engine.name), ...findPlanDifferences(a.plan, b.plan)]
}

function missing(which: string, trials: readonly Trial[]): readonly string[] {
  return trials.length === 0 ? [`${which} has no valid measurement of this case.`] : []
}

export function describeDifference({ path, base, other }: Difference): string {
  return `${path}: ${base} against ${other}`
}

function notesOf(
  base: CaseResult,
  baseTrials: readonly Trial[],
  other: CaseResult,
  otherTrials: readonly Trial[],
): readonly string[] {
  const fewest = Math.min(baseTrials.length, otherTrials.length)
  return [
    ...(fewest < 2
      ? [
          'Not enough repeats: with one on a side, intervals show the spread inside a trial, not between runs; a change is not told from chance.',
        ]
      : fewest < 5
        ? [`Few repeats (${baseTrials.length} against ${otherTrials.length}): intervals are wide.`]
        : []),
    ...(base.verdict.validity === 'suspect' ? ['The base is suspect.'] : []),
    ...(other.verdict.validity === 'suspect' ? ['The other result is suspect.'] : []),
  ]
}

function describeRun({ run }: RunResult): ComparedRun {
  return { id: run.id, startedAt: run.startedAt, seed: run.seed, versions: run.versions }
}
