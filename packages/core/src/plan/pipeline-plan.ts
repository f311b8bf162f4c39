import { isFields, join, readFields, type Fields } from '../dsl/fields.ts'
import { show, type Problems } from '../dsl/problems.ts'
import type { JsonObject } from '../units/json.ts'
import { replicasOf } from './balance-plan.ts'
import { isFunctionReference } from './function-references.ts'
import type { FunctionReference, TargetPlan } from './trial-plan.ts'

/** A step of a pipeline as plans hold it: one of `target` and `run` is there. */
export interface PipelineStepPlan {
  readonly name: string
  readonly target?: TargetPlan
  readonly run?: FunctionReference
  readonly input?: FunctionReference
  readonly check?: FunctionReference
}

/** The steps of a target that is a pipeline; `null` for any other. */
export function pipelineSteps(target: TargetPlan): readonly PipelineStepPlan[] | null {
  return target.kind === 'pipeline' ? (target.options['steps'] as unknown as PipelineStepPlan[]) : null
}

/** The targets that a target consists of: its steps', its replicas, or itself. */
export function targetsOf(target: TargetPlan): readonly TargetPlan[] {
  const steps = pipelineSteps(target)
  const replicas = replicasOf(target)
  if (replicas !== null) return replicas.targets
  return steps === null ? [target] : steps.flatMap((step) => step.target ?? [])
}

/** Tells all that is wrong with a pipeline's steps. */
export function reviewPipeline(problems: Problems, path: string, options: JsonObject): void {
  const at = join(path, 'steps')
  const { steps } = options
  if (!Array.isArray(steps) || steps.length === 0) {
    problems.error(
      at,
      `expected a list of steps, such as [{ name: 'detect', target: http({ url }) }], not ${show(steps)}.`,
    )
    return
  }
  const names = new Map<unknown, number>()
  for (const [index, value] of steps.entries()) {
    const step = readFields(problems, join(at, index), value, ['name', 'target', 'run', 'input', 'check'])
    if (step === undefined) continue
    reviewName(problems, join(at, index), step['name'], names)
    names.set(step['name'], index)
    reviewStep(problems, join(at, index), step, index)
  }
  if (steps.every((step) => !isFields(step) || step['target'] === undefined))
    problems.error(at, 'no step has a target; to measure a function of the bench file, use inline().')
}

function reviewName(
  problems: Problems,
  path: string,
  name: unknown,
  names: ReadonlyMap<unknown, number>,
): void {
  const at = join(path, 'name')
  if (typeof name !== 'string' || !/^[A-Za-z][\w-]*$/.test(name))
    problems.error(
      at,
      `expected letters, digits, - and _, starting with a letter, not ${show(name)}; results are found by it.`,
    )
  else if (names.has(name))
    problems.error(at, `'${name}' is the name of step ${(names.get(name) as number) + 1} already.`)
}

function reviewStep(problems: Problems, path: string, step: Fields, index: number): void {
  const { target, run, input } = step
  if (target === undefined && run === undefined)
    problems.error(path, 'the step has neither a target to ask nor a function to run.')
  if (target !== undefined && run !== undefined)
    problems.error(join(path, 'run'), 'a step asks a target or runs a function; make two steps of it.')
  if (target !== undefined) reviewTarget(problems, join(path, 'target'), target)
  for (const name of ['run', 'input', 'check']) {
    if (step[name] !== undefined && !isFunctionReference(step[name]))
      problems.error(join(path, name), `expected a function, not ${show(step[name])}.`)
  }
  if (input === undefined) return
  if (index === 0)
    problems.error(
      join(path, 'input'),
      "the first step is asked what the scenario's input gives; write it there.",
    )
  else if (run !== undefined)
    problems.error(
      join(path, 'input'),
      'a function is given the answer of the step before; it needs no input.',
    )
}

function reviewTarget(problems: Problems, path: string, target: unknown): void {
  if (
    !isFields(target) ||
    typeof target['kind'] !== 'string' ||
    typeof target['package'] !== 'string' ||
    !isFields(target['options'])
  )
    problems.error(path, `expected a target such as http({ url }), not ${show(target)}.`)
  else if (target['kind'] === 'pipeline')
    problems.error(path, 'a step cannot be a pipeline itself; write its steps into this one.')
  else if (target['kind'] === 'balance') problems.error(path, 'a step cannot have replicas; give one target.')
}
