import { ServebenchError } from '../errors/servebench-error.ts'
import { fullName } from './case-name.ts'
import {
  findEngineDifferences,
  findEnvironmentDifferences,
  findPlanDifferences,
  type Difference,
} from './compare-conditions.ts'
import { compareMetrics, type MetricComparison } from './compare-metrics.ts'
import { testChange, type ChangeTest } from './change-test.ts'
import { DEFAULT_COMPARISON, type ComparisonSettings } from './comparison-settings.ts'
import { judgeChanges, worstOf, type ChangeVerdict, type MetricJudgement } from './judge-change.ts'
import { JUDGED_METRICS } from './judged-metrics.ts'
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
  /** What changes were judged by. */
  readonly settings: ComparisonSettings
  /** A regression anywhere decides; `null` when nothing was compared. */
  readonly verdict: ChangeVerdict | null
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
  /** Verdicts on the metrics that have a direction; empty when the case is refused. */
  readonly judgements: readonly MetricJudgement[]
  /** The worst of them. */
  readonly verdict: ChangeVerdict | null
  /** What limits the conclusions: few repeats, a suspect measurement. */
  readonly notes: readonly string[]
}

export interface CompareOptions {
  /** Compares in spite of another engine, plan or machine. */
  readonly force?: boolean
  /** Level, power and thresholds of the verdicts. */
  readonly settings?: ComparisonSettings
}

/**
 * Compares the cases that two results have in common. Numbers of another engine, plan or machine are not comparable:
 * such cases are refused, with the reasons, unless `force` is set.
 * @throws {ServebenchError} `SERVEBENCH_COMPARE` when the results have no case in common.
 */
export function compareResults(base: RunResult, other: RunResult, options: CompareOptions = {}): Comparison {
  const { force = false, settings = DEFAULT_COMPARISON } = options
  const differences = findEnvironmentDifferences(base.run, other.run)
  const others = new Map(other.cases.map((one) => [one.id, one]))
  const known = new Set(base.cases.map((one) => one.id))
  const blocked = differences.filter((difference) => difference.blocking)
  const matched = base.cases.flatMap((one) => {
    const match = others.get(one.id)
    return match === undefined ? [] : [compareCase(one, base, match, other, blocked, force, settings)]
  })
  if (matched.length === 0) {
    throw new ServebenchError('SERVEBENCH_COMPARE', 'The results have no case in common.', {
      advice:
        'Cases are matched by bench file, names and matrix values: compare runs of the same bench files.',
    })
  }
  const cases = judgeCases(matched, settings)
  const verdicts = cases.flatMap((one) => one.verdict ?? [])
  return {
    schemaVersion: 1,
    base: describeRun(base),
    other: describeRun(other),
    differences,
    forced:
      force && (blocked.length > 0 || cases.some((one) => one.differences.some(({ blocking }) => blocking))),
    settings,
    verdict: verdicts.length === 0 ? null : worstOf(verdicts),
    cases,
    onlyInBase: base.cases.filter((one) => !others.has(one.id)).map(fullName),
    onlyInOther: other.cases.filter((one) => !known.has(one.id)).map(fullName),
  }
}

/** Whether any case was refused: a comparison that was asked for and not made. */
export function isRefused(comparison: Comparison): boolean {
  return comparison.cases.some((one) => one.refused.length > 0)
}

/** One sentence per metric that got worse: what makes a run fail. */
export function regressionsOf(comparison: Comparison): readonly string[] {
  return comparison.cases.flatMap((one) =>
    one.judgements
      .filter((judgement) => judgement.verdict === 'regression')
      .map(({ metric, reason }) => `${one.name}: ${metric} regressed: ${reason}`),
  )
}

/** One sentence per case that could not be compared. */
export function refusalsOf(comparison: Comparison): readonly string[] {
  return comparison.cases
    .filter((one) => one.refused.length > 0)
    .map((one) => `${one.name}: not compared with the baseline: ${one.refused.join(' ')}`)
}

/** Cases with tests that still have to be judged together: the more tests, the stricter each. */
interface TestedCase {
  readonly comparison: Omit<CaseComparison, 'judgements' | 'verdict'>
  readonly tests: readonly ChangeTest[]
}

function judgeCases(cases: readonly TestedCase[], settings: ComparisonSettings): readonly CaseComparison[] {
  const judged = judgeChanges(
    cases.flatMap((one) => one.tests),
    settings,
  )
  let next = 0
  return cases.map(({ comparison, tests }) => {
    const judgements = judged.slice(next, (next += tests.length))
    const verdict = judgements.length === 0 ? null : worstOf(judgements.map((one) => one.verdict))
    return { ...comparison, judgements, verdict }
  })
}

function compareCase(
  baseCase: CaseResult,
  base: RunResult,
  otherCase: CaseResult,
  other: RunResult,
  blocked: readonly Difference[],
  force: boolean,
  settings: ComparisonSettings,
): TestedCase {
  const baseTrials = usedTrials(baseCase, base)
  const otherTrials = usedTrials(otherCase, other)
  const differences = findCaseDifferences(baseTrials, otherTrials)
  const refused = [
    ...(force ? [] : [...blocked, ...differences.filter(({ blocking }) => blocking)].map(explainDifference)),
    ...missing('The base', baseTrials),
    ...missing('The other result', otherTrials),
  ]
  const compared = refused.length === 0
  const metrics = compared ? compareMetrics(baseCase, baseTrials, otherCase, otherTrials) : []
  const sides = {
    base: baseTrials,
    other: otherTrials,
    samples: 'two',
    seed: `${base.run.seed} ${other.run.seed}`,
  } as const
  return {
    comparison: {
      id: baseCase.id,
      name: fullName(baseCase),
      differences,
      refused,
      repeats: { base: baseTrials.length, other: otherTrials.length },
      metrics,
      notes: compared ? notesOf(baseCase, baseTrials, otherCase, otherTrials) : [],
    },
    tests: compared
      ? JUDGED_METRICS.filter(({ applies }) => baseTrials.every(applies) && otherTrials.every(applies)).map(
          (judged) => testChange(judged, sides, settings),
        )
      : [],
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

/** `The machines differ in cpu.model: "A" against "B".` */
export function explainDifference({ scope, path, base, other }: Difference): string {
  const what = {
    environment: `The machines differ in ${path}`,
    engine: 'The engines differ',
    plan: `The plans differ in ${path}`,
  }[scope]
  return `${what}: ${base} against ${other}.`
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
        ? [
            `Few repeats (${baseTrials.length} against ${otherTrials.length}): intervals are wide, and few changes can be told from chance.`,
          ]
        : []),
    ...(base.verdict.validity === 'suspect' ? ['The base is suspect.'] : []),
    ...(other.verdict.validity === 'suspect' ? ['The other result is suspect.'] : []),
  ]
}

function describeRun({ run }: RunResult): ComparedRun {
  return { id: run.id, startedAt: run.startedAt, seed: run.seed, versions: run.versions }
}
