import { messageOf } from '../errors/plugin-error.ts'
import { ValidationError } from '../errors/validation-error.ts'
import { applyTunable } from '../hooks/apply-tunable.ts'
import type { ConfigurationFile, ServerTuning, Tunable, TuningMachine } from '../hooks/tuning.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import { Breach, checkEach, isPlain, sentenceOf, show } from './breach.ts'
import type { TuningBench, TuningCheckOptions } from './check-tuning.ts'
import type { Rule } from './conformance.ts'

interface TuningRule extends Rule<TuningBench, TuningCheckOptions> {
  /** A method of the tuning without which there is nothing to check. */
  readonly can?: keyof ServerTuning
}

/** Values that no setting of any server takes. */
const NONSENSE: readonly JsonValue[] = [{ no: 'setting' }, 'no such value', -1]
const MACHINES: readonly TuningMachine[] = [
  { physicalCores: 1, logicalCores: 1, gpus: 0 },
  { physicalCores: 4, logicalCores: 8, gpus: 0 },
  { physicalCores: 64, logicalCores: 128, gpus: 8 },
]
/** Of the path of a file: folders and names, below where it is written. */
const INSIDE = /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\\0]+$/

export const TUNING_RULES: readonly TuningRule[] = [
  { name: 'every value is applied, as plain data', run: checkValues },
  { name: 'a plan that is given stays as it is', run: checkPurity },
  { name: 'a restart changes the launch, anything else the state', run: checkCost },
  { name: 'applied once more, a value makes the same plan', run: checkRepetition },
  { name: 'nothing is left of a value when another one has followed', run: checkSuccession },
  { name: 'values of a setting make different plans', run: checkDifference },
  { name: 'what a setting does not take is refused in words', run: checkRefusal },
  { name: 'a setting that there is not is refused in words', run: checkUnknown },
  { name: 'a setting that depends on another one names it', run: checkDependence },
  {
    name: 'settings of a model begin with what `modelSettings` says, and its name',
    can: 'modelSettings',
    run: checkModels,
  },
  { name: 'rules of thumb name settings that can be applied', can: 'candidates', run: checkCandidates },
  {
    name: 'requests in flight for a configuration are a number from 1 on, or unknown',
    can: 'concurrency',
    run: checkConcurrency,
  },
  {
    name: 'files are plain, stay in their folder, and are the same each time',
    can: 'configuration',
    run: checkFiles,
  },
  { name: 'files tell what was applied', can: 'configuration', run: checkContents },
]

function checkValues(bench: TuningBench): Promise<void> {
  return eachValue(bench, (tunable, value) => {
    if (!isPlain(apply(bench, tunable, value))) throw new Breach('makes a plan that is not plain data.')
  })
}

/** Studies of several models write settings of one by its name. */
function checkModels({ tuning, tunables }: TuningBench): Promise<void> {
  return checkEach(
    tunables.filter(({ model }) => model !== undefined),
    ({ path }) => path,
    ({ path, model }) => {
      const begin = `${tuning.modelSettings}.${model}.`
      if (!path.startsWith(begin))
        throw new Breach(`is of the model '${model}', and does not begin with ${begin}`)
    },
  )
}

function checkPurity(bench: TuningBench): Promise<void> {
  const before = canonical(bench.server)
  return eachApplied(bench, () => {
    if (canonical(bench.server) !== before) throw new Breach('changes the plan that it was given.')
  })
}

function checkCost(bench: TuningBench): Promise<void> {
  const { server } = bench
  return eachApplied(bench, ({ change }, plan) => {
    const isOther = (part: 'state' | 'launch'): boolean =>
      canonicalJson(plan[part]) !== canonicalJson(server[part])
    if (change === 'restart' && isOther('state')) throw new Breach('costs a restart, and changes the state.')
    if (change !== 'restart' && isOther('launch'))
      throw new Breach(`costs no restart, but ${change}, and changes the launch.`)
  })
}

function checkRepetition(bench: TuningBench): Promise<void> {
  return eachApplied(bench, (tunable, plan, value) => {
    if (canonical(apply(bench, tunable, value)) !== canonical(plan))
      throw new Breach('makes two plans of one.')
    if (canonical(apply(bench, tunable, value, plan)) !== canonical(plan))
      throw new Breach('makes another plan when it is applied once more.')
  })
}

function checkSuccession(bench: TuningBench): Promise<void> {
  const paths = bench.tunables.map(({ path }) => path)
  return eachApplied(bench, (tunable, plan, value) => {
    // What takes a whole part away does not know how it was.
    if (paths.some((path) => path.startsWith(`${tunable.path}.`))) return
    for (const other of bench.valuesOf(tunable)) {
      const between = accepted(bench, tunable, other)
      if (between === null) continue
      if (canonical(apply(bench, tunable, value, between)) !== canonical(plan))
        throw new Breach(`makes another plan after ${show(other)}.`)
    }
  })
}

function checkDifference(bench: TuningBench): Promise<void> {
  return eachTunable(bench, (tunable) => {
    const values = bench.valuesOf(tunable)
    const plans = values.flatMap((value) => accepted(bench, tunable, value) ?? [])
    // Those that are refused are another rule's.
    if (plans.length > 1 && new Set(plans.map(canonical)).size === 1)
      throw new Breach(`makes the same plan of all values: ${values.map(show).join(', ')}.`)
  })
}

function checkRefusal(bench: TuningBench): Promise<void> {
  return eachTunable(bench, (tunable) => {
    for (const value of NONSENSE) {
      if (tunable.values?.includes(value) === true || inRange(tunable, value)) continue
      const error = rejection(() => apply(bench, tunable, value))
      if (error === null && isText(tunable.path)) continue
      if (error === null) throw new Breach(`takes ${show(value)}.`)
      if (!(error instanceof ValidationError))
        throw new Breach(`refuses ${show(value)}, but ${sentenceOf(error)}.`)
    }
  })
}

function checkUnknown({ tuning, server }: TuningBench): void {
  const error = rejection(() => tuning.apply(server, 'no.such.setting', 1))
  if (error === null) throw new Breach("'no.such.setting' is applied, and is no setting.")
  if (messageOf(error) === '') throw new Breach('the error says nothing.')
}

function checkDependence(bench: TuningBench): Promise<void> {
  const paths = new Set(bench.tunables.map(({ path }) => path))
  return eachTunable(bench, ({ when }) => {
    if (when !== undefined && !paths.has(when.path))
      throw new Breach(`depends on '${when.path}', which is none of the tunables.`)
  })
}

async function checkCandidates({ tuning, server }: TuningBench): Promise<void> {
  const all = MACHINES.flatMap((machine) => tuning.candidates?.(server, machine) ?? [])
  await checkEach(
    all,
    ({ name }) => `candidate '${name}'`,
    ({ name, source, values }) => {
      if (name === '' || source === '') throw new Breach('has no name, or says not who has published it.')
      let plan = server
      for (const [path, value] of Object.entries(values)) plan = applyTunable(plan, path, value, tuning)
      if (!isPlain(plan)) throw new Breach('makes a plan that is not plain data.')
    },
  )
}

async function checkConcurrency(bench: TuningBench): Promise<void> {
  const { tuning, server } = bench
  const check = (plan: ServerPlan): void => {
    const inFlight = tuning.concurrency?.(plan) ?? null
    if (inFlight !== null && !(Number.isFinite(inFlight) && inFlight >= 1))
      throw new Breach(`there are ${inFlight} of them.`)
  }
  check(server)
  await eachApplied(bench, (_tunable, plan) => check(plan))
}

async function checkFiles(bench: TuningBench): Promise<void> {
  const files = await render(bench, bench.server)
  if (!isPlain(files)) throw new Breach('they are not plain data.')
  const paths = files.map(({ path }) => path)
  const outside = paths.find((path) => !INSIDE.test(path))
  if (outside !== undefined) throw new Breach(`${show(outside)} is no path inside of a folder.`)
  const twice = paths.find((path, index) => paths.indexOf(path) !== index)
  if (twice !== undefined) throw new Breach(`${show(twice)} is there twice.`)
  if (canonicalJson(await render(bench, bench.server)) !== canonicalJson(files))
    throw new Breach('there are others when they are written again.')
}

function checkContents(bench: TuningBench): Promise<void> {
  const { unwritten = [] } = bench.options
  return eachTunable(bench, async (tunable) => {
    if (unwritten.includes(tunable.path)) return
    const plans = new Set<string>()
    const written = new Set<string>()
    const from = effective(bench, tunable)
    for (const value of bench.valuesOf(tunable)) {
      const plan = accepted(bench, tunable, value, from)
      if (plan === null) continue
      plans.add(canonical(plan))
      written.add(canonicalJson(await render(bench, plan)))
      if (written.size > 1) return
    }
    if (plans.size > 1) throw new Breach('has the same files with every value.')
  })
}

/** The server with that setting on which another one depends. */
function effective({ tuning, server }: TuningBench, { when }: Tunable): ServerPlan {
  const [value] = when?.values ?? []
  return when === undefined || value === undefined ? server : applyTunable(server, when.path, value, tuning)
}

async function render(bench: TuningBench, plan: ServerPlan): Promise<readonly JsonFile[]> {
  return ((await bench.tuning.configuration?.(plan, bench.context)) ?? []) as readonly JsonFile[]
}
type JsonFile = ConfigurationFile & Readonly<Record<string, JsonValue>>

function eachTunable(bench: TuningBench, check: (tunable: Tunable) => void | Promise<void>): Promise<void> {
  return checkEach(bench.tunables, ({ path }) => path, check)
}

function eachValue(bench: TuningBench, check: (tunable: Tunable, value: JsonValue) => void): Promise<void> {
  const all = bench.tunables.flatMap((tunable) =>
    bench.valuesOf(tunable).map((value) => ({ tunable, value })),
  )
  return checkEach(
    all,
    ({ tunable, value }) => `${tunable.path} = ${show(value)}`,
    ({ tunable, value }) => check(tunable, value),
  )
}

/** Those values that are applied: others are the first rule's. */
function eachApplied(
  bench: TuningBench,
  check: (tunable: Tunable, plan: ServerPlan, value: JsonValue) => void,
): Promise<void> {
  return eachValue(bench, (tunable, value) => {
    const plan = accepted(bench, tunable, value)
    if (plan !== null) check(tunable, plan, value)
  })
}

function apply(
  { tuning, server }: TuningBench,
  { path }: Tunable,
  value: JsonValue,
  from: ServerPlan = server,
): ServerPlan {
  return applyTunable(from, path, value, tuning)
}

function accepted(
  bench: TuningBench,
  tunable: Tunable,
  value: JsonValue,
  from?: ServerPlan,
): ServerPlan | null {
  try {
    return apply(bench, tunable, value, from)
  } catch {
    return null
  }
}

function canonical(plan: ServerPlan): string {
  return canonicalJson(plan as unknown as JsonValue)
}

/** Arguments, variables, properties and a model's own configuration are as the server reads them: any text may do. */
function isText(path: string): boolean {
  return /(^|\.)(args|env|properties|parameters|config)\./.test(path)
}

function inRange({ range }: Tunable, value: JsonValue): boolean {
  return range !== undefined && typeof value === 'number' && value >= range[0] && value <= range[1]
}

function rejection(run: () => unknown): unknown {
  try {
    run()
    return null
  } catch (error) {
    return error
  }
}
