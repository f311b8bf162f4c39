import type { TrialPlan } from '../plan/trial-plan.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import type { RunInfo } from './result.ts'

/** One condition under which two results were measured, and how it differs. */
export interface Difference {
  readonly scope: 'environment' | 'engine' | 'plan'
  /** `cpu.model`, `streams.main.load.concurrency`. */
  readonly path: string
  readonly base: string
  readonly other: string
  /** Whether numbers that differ in this are not comparable. */
  readonly blocking: boolean
}

/** What a number depends on too much to be compared across it; the rest is noted. */
const BLOCKING_ENVIRONMENT: ReadonlySet<string> = new Set([
  'os.platform',
  'os.arch',
  'cpu.model',
  'cpu.cores',
  'cpu.limit',
  'memory.limit',
  'accelerators',
])

/** Identity, and what does not change what is measured. */
const IGNORED_PLAN: ReadonlySet<string> = new Set([
  'id',
  'caseId',
  'repeat',
  'seed',
  'origins',
  'tags',
  'versus',
  'agreement',
  'quality',
  'settings.cooldown',
  'settings.cost',
  'settings.energy',
  'settings.gates',
  'settings.records',
])

/** The bench file may have changed elsewhere; limits judge numbers and do not make them. */
const NOTED_PLAN =
  /^(digest|streams\.[^.]+\.slo|streams\.[^.]+\.check|.*\.reference\.digest|.*\.check\.digest)(\.|$)/

export function findEnvironmentDifferences(base: RunInfo, other: RunInfo): readonly Difference[] {
  return diff(environmentOf(base), environmentOf(other)).map((change) => ({
    scope: 'environment',
    ...change,
    blocking: BLOCKING_ENVIRONMENT.has(change.path),
  }))
}

export function findEngineDifferences(base: string, other: string): readonly Difference[] {
  return base === other ? [] : [{ scope: 'engine', path: 'engine', base, other, blocking: true }]
}

export function findPlanDifferences(base: TrialPlan, other: TrialPlan): readonly Difference[] {
  return diff(base as unknown as JsonValue, other as unknown as JsonValue)
    .filter(({ path }) => !isWithin(path, IGNORED_PLAN))
    .map((change) => ({ scope: 'plan', ...change, blocking: !NOTED_PLAN.test(change.path) }))
}

/** Only what belongs to the machine: the frequency of the moment and the servers' own reports are no conditions. */
function environmentOf({ environment, versions }: RunInfo): JsonValue {
  const { os, cpu, memory, accelerators, node } = environment
  return {
    os: { platform: os.platform, arch: os.arch, release: os.release, container: os.container },
    cpu: { model: cpu.model, cores: cpu.cores, limit: cpu.limit, governor: cpu.governor },
    memory: { total: memory.total, limit: memory.limit },
    accelerators: accelerators.map((one) => one.name).join(', '),
    node,
    versions,
  }
}

type Change = Pick<Difference, 'path' | 'base' | 'other'>

/** The leaves in which two values differ, by their dotted paths. */
function diff(base: JsonValue | undefined, other: JsonValue | undefined, path = ''): readonly Change[] {
  if (isObject(base) && isObject(other)) {
    const keys = [...new Set([...Object.keys(base), ...Object.keys(other)])]
    return keys.flatMap((key) => diff(base[key], other[key], path === '' ? key : `${path}.${key}`))
  }
  const texts = [base, other].map((value) => (value === undefined ? 'nothing' : canonicalJson(value)))
  const [from, to] = texts as [string, string]
  return from === to ? [] : [{ path, base: shorten(from), other: shorten(to) }]
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isWithin(path: string, roots: ReadonlySet<string>): boolean {
  return [...roots].some((root) => path === root || path.startsWith(`${root}.`))
}

const LONGEST = 60

function shorten(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`
}
