import type { StreamPlan, TrialPlan } from '../../plan/trial-plan.ts'
import { canonicalJson, type JsonObject, type JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { ComparisonSettings } from '../comparison-settings.ts'
import type { Plot } from '../plot.ts'
import type { AnalysisTable, CaseResult, RunResult, Trial } from '../result.ts'
import { describeUnpaired, DUEL_COLUMNS, isPaired, judgeDuels, pairRepeats, type Duel } from './duels.ts'

const RANDOM = 'random'
/** Of all that is said about duels; the rest stands in the cases' own tables. */
const COLUMNS = ['metric', 'ratio', 'low', 'high', 'pairs', 'verdict']

/** A case, and which values its inputs have. */
interface Contender {
  readonly one: CaseResult
  readonly values: string
}

interface SpecialDuel extends Duel {
  readonly values: string
}

/**
 * Special inputs (`values: 'zeros'`, `'denormals'`, …) against random ones: cases that are equal in everything else.
 * Speed that depends on what is sent says something about the server: values change a processor's power and clock,
 * denormals take microcode, zeros compress and hit one row of every table. One table per scenario.
 */
export function compareSpecialInputs(
  result: RunResult,
  settings: ComparisonSettings,
): readonly AnalysisTable[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const trialsOf = (one: CaseResult): readonly Trial[] => one.trials.flatMap((id) => trials.get(id) ?? [])
  const scenarios = Map.groupBy(result.cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].flatMap((cases) => {
    const duels = findDuels(cases, trialsOf)
    if (duels.length === 0) return []
    return [tableOf((cases[0] as CaseResult).path.join(' > '), duels, result, settings)]
  })
}

function findDuels(
  cases: readonly CaseResult[],
  trialsOf: (one: CaseResult) => readonly Trial[],
): readonly SpecialDuel[] {
  const groups = new Map<string, Contender[]>()
  for (const one of cases) {
    const plan = trialsOf(one)[0]?.plan
    if (plan === undefined) continue
    const values = valuesOf(plan)
    if (values === null) continue
    const key = keyOf(plan)
    groups.set(key, [...(groups.get(key) ?? []), { one, values }])
  }
  return [...groups.values()].flatMap((contenders) => {
    const random = contenders.find(({ values }) => values === RANDOM)
    if (random === undefined) return []
    return contenders
      .filter(({ values }) => values !== RANDOM)
      .map(({ one, values }) => ({ ...pairRepeats(one, random.one, trialsOf), values }))
  })
}

/** Of all streams whose inputs are generated; `null` when there are none. */
function valuesOf({ streams }: TrialPlan): string | null {
  const found = Object.values(streams).flatMap(({ input }) =>
    input.from === 'provider' && input.package === 'servebench' ? valuesIn(input.options) : [],
  )
  return found.length === 0 ? null : [...new Set(found)].join(' + ')
}

/** Of an input, or of those that it is made of. */
function valuesIn(options: JsonObject): readonly string[] {
  const parts = partsOf(options)
  if (parts.length > 0) return parts.flatMap((part) => valuesIn(part))
  const { values = RANDOM } = options
  return typeof values === 'string' ? [values] : []
}

/** The options of the inputs that `repeat` and `mixed` have in theirs. */
function partsOf({ input, parts }: JsonObject): readonly JsonObject[] {
  const specs = Array.isArray(parts) ? (parts as readonly JsonObject[]).map((part) => part['input']) : [input]
  return specs.flatMap((spec) => {
    const options = isObject(spec) ? spec['options'] : undefined
    return isObject(options) ? [options] : []
  })
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What two cases have in common that differ in the values of their inputs alone. */
function keyOf({ streams, server, settings }: TrialPlan): string {
  const plain = Object.entries(streams).map(([name, stream]) => [name, withoutValues(stream)] as const)
  return canonicalJson({ streams: Object.fromEntries(plain), server, settings } as unknown as JsonObject)
}

function withoutValues(stream: StreamPlan): object {
  const { input } = stream
  return input.from === 'provider' ? { ...stream, input: plainInput(input) } : stream
}

/** Members of inputs that follow from their values. */
const DEPENDENT = new Set(['values', 'label', 'distinct'])

/** An input, and those that it is made of, without their values. */
function plainInput(value: object): object {
  if (Array.isArray(value)) return value.map((member: unknown) => plainMember(member))
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !DEPENDENT.has(name))
      .map(([name, member]) => [name, plainMember(member)]),
  )
}

function plainMember(member: unknown): unknown {
  return typeof member === 'object' && member !== null ? plainInput(member) : member
}

function tableOf(
  name: string,
  duels: readonly SpecialDuel[],
  result: RunResult,
  settings: ComparisonSettings,
): AnalysisTable {
  const { rows, notes } = judgeDuels(duels.filter(isPaired), result, settings)
  const severalCases = new Set(duels.map(({ values }) => values)).size < duels.length
  const shown = COLUMNS.map((column) => DUEL_COLUMNS.findIndex((one) => one.name === column))
  return {
    name: 'special-inputs',
    title: `${name}: special inputs against random ones`,
    columns: [
      { name: 'values', unit: null },
      ...(severalCases ? [{ name: 'case', unit: null }] : []),
      ...shown.map((index) => DUEL_COLUMNS[index] as AnalysisTable['columns'][number]),
    ],
    rows: rows.map(({ duel, cells }) => [
      (duel as SpecialDuel).values,
      ...(severalCases ? [caseName(duel.one.case)] : []),
      ...shown.map((index) => cells[index] as (typeof cells)[number]),
    ]),
    notes: [
      'ratio: with the special values ÷ with random ones. Where it is not 1, measurements with such inputs say little about real traffic.',
      ...notes,
      ...duels.filter((duel) => !isPaired(duel)).map(describeUnpaired),
    ],
    plots: plotsOf(
      new Set(rows.flatMap(({ cells: [metric] }) => (typeof metric === 'string' ? [metric] : []))),
      severalCases,
    ),
  }
}

/** A bar for each kind of values, in each metric that is a ratio. */
function plotsOf(metrics: ReadonlySet<string>, severalCases: boolean): readonly Plot[] {
  return [...metrics]
    .filter((metric) => metric !== 'errorRate')
    .map((metric) => ({
      name: metric.toLowerCase().replaceAll('.', '-'),
      title: `${metric}: special inputs over random ones`,
      x: { title: severalCases ? 'case' : 'values', unit: null, scale: 'category' },
      y: { title: 'with special ÷ with random values', unit: null, scale: 'linear' },
      layers: [
        {
          mark: 'bars',
          x: severalCases ? 'case' : 'values',
          y: 'ratio',
          low: 'low',
          high: 'high',
          where: { column: 'metric', is: metric },
          ...(severalCases ? { group: 'values' } : { label: 'ratio' }),
        },
      ],
      notes: ['1: the values make no difference.'],
    }))
}
