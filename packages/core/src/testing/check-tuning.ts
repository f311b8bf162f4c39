import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { applyTunable } from '../hooks/apply-tunable.ts'
import { tunableValues } from '../hooks/tunable-values.ts'
import type { ServerTuning, Tunable, TuningMachine } from '../hooks/tuning.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import { Breach, isPlain, sentenceOf, show } from './breach.ts'

/** Values that no setting of any server takes. */
const NONSENSE: readonly JsonValue[] = [{ no: 'setting' }, 'no such value', -1]
const MACHINES: readonly TuningMachine[] = [
  { physicalCores: 1, logicalCores: 1, gpus: 0 },
  { physicalCores: 4, logicalCores: 8, gpus: 0 },
  { physicalCores: 64, logicalCores: 128, gpus: 8 },
]

/**
 * Checks that a server can be tuned as its plugin says: every value of every tunable is applied to the plan, in the part
 * that its cost names, the same way each time and without touching what it was given; what no setting takes is refused
 * in words; rules of thumb name settings that can be applied.
 * @param server a plan of the plugin's own factory
 * @param tunables as the control of such a server lists them
 * @returns how many values were applied
 * @throws {ValidationError} with everything that does not hold, by path
 */
export function checkTuning(tuning: ServerTuning, server: ServerPlan, tunables: readonly Tunable[]): number {
  const problems: Problem[] = []
  let applied = 0
  const attempt = (path: string, check: () => void): void => {
    try {
      check()
    } catch (error) {
      problems.push({ path, message: sentenceOf(error) })
    }
  }
  for (const tunable of tunables) {
    for (const value of valuesOf(tunable)) {
      applied++
      attempt(`${tunable.path} = ${show(value)}`, () => checkValue(tuning, server, tunable, value))
    }
    attempt(tunable.path, () => checkRefusal(tuning, server, tunable))
    attempt(tunable.path, () => checkModel(tuning, tunable))
  }
  attempt('no.such.setting', () => {
    if (rejection(() => tuning.apply(server, 'no.such.setting', 1)) === null)
      throw new Breach('is applied, and is no setting.')
  })
  for (const machine of MACHINES) {
    for (const { name, source, values } of tuning.candidates?.(server, machine) ?? []) {
      attempt(`candidate '${name}'`, () => {
        if (name === '' || source === '') throw new Breach('has no name, or says not who has published it.')
        let plan = server
        for (const [path, value] of Object.entries(values)) plan = applyTunable(plan, path, value, tuning)
        if (!isPlain(plan)) throw new Breach('makes a plan that is not plain data.')
      })
    }
  }
  if (problems.length > 0) throw new ValidationError(`Tuning of the ${server.kind} server`, problems)
  return applied
}

/** The grid, what is tried without axes, and the default. */
function valuesOf(tunable: Tunable): readonly JsonValue[] {
  const { automatic = [], default: present } = tunable
  const all = [...tunableValues(tunable), ...automatic, ...(present === undefined ? [] : [present])]
  return [...new Map(all.map((value) => [canonicalJson(value), value])).values()]
}

function checkValue(
  tuning: ServerTuning,
  server: ServerPlan,
  { path, change }: Tunable,
  value: JsonValue,
): void {
  const before = canonicalJson(server as unknown as JsonValue)
  const plan = applyTunable(server, path, value, tuning)
  if (!isPlain(plan)) throw new Breach('makes a plan that is not plain data.')
  if (canonicalJson(server as unknown as JsonValue) !== before)
    throw new Breach('changes the plan that it was given.')
  const again = applyTunable(plan, path, value, tuning)
  if (canonicalJson(again as unknown as JsonValue) !== canonicalJson(plan as unknown as JsonValue))
    throw new Breach('makes another plan when it is applied once more.')
  const [state, launch] = (['state', 'launch'] as const).map(
    (part) => canonicalJson(plan[part]) !== canonicalJson(server[part]),
  )
  if (change === 'restart' && state === true) throw new Breach('costs a restart, and changes the state.')
  if (change !== 'restart' && launch === true)
    throw new Breach(`costs no restart, but ${change}, and changes the launch.`)
}

function checkRefusal(tuning: ServerTuning, server: ServerPlan, tunable: Tunable): void {
  const plans = new Set<string>()
  for (const value of valuesOf(tunable))
    plans.add(canonicalJson(applyTunable(server, tunable.path, value, tuning) as unknown as JsonValue))
  if (plans.size < Math.min(2, valuesOf(tunable).length))
    throw new Breach('makes the same plan of all values.')
  for (const value of NONSENSE) {
    if (tunable.values?.includes(value) === true || inRange(tunable, value)) continue
    const error = rejection(() => applyTunable(server, tunable.path, value, tuning))
    if (error === null && isText(tunable.path)) continue
    if (error === null) throw new Breach(`takes ${show(value)}.`)
    if (!(error instanceof ValidationError))
      throw new Breach(`refuses ${show(value)}, but ${sentenceOf(error)}.`)
  }
}

/** Studies of several models write settings of one by its name. */
function checkModel({ modelSettings }: ServerTuning, { path, model }: Tunable): void {
  if (modelSettings === undefined || model === undefined || path.startsWith(`${modelSettings}.${model}.`))
    return
  throw new Breach(`is of the model '${model}', but does not begin with \`modelSettings\`: ${modelSettings}.`)
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
