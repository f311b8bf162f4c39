import type { ClosedLoadPlan, OpenLoadPlan, StagesLoadPlan } from '../../arrival/load-plan.ts'
import type { Duration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import { isFields, readDuration, readFields } from '../fields.ts'
import { show, type Problems } from '../problems.ts'
import type { LoadDefinition, PlanPart } from './definition.ts'
import type { StageLoad } from './definitions.ts'

export interface Stage {
  readonly load: StageLoad
  readonly duration: Duration
}
export interface StagesLoad {
  readonly load: 'stages'
  readonly stages: readonly Stage[]
}

/** Loads one after the other. A warm-up runs under the first of them, before its own duration. */
export function stages(list: readonly Stage[]): StagesLoad {
  return { load: 'stages', stages: list }
}

export const stagesLoad: LoadDefinition<StagesLoadPlan> = {
  name: 'stages',
  plan(fields, path, problems, planLoad) {
    readFields(problems, path, fields, ['load', 'stages'])
    const list = fields['stages']
    if (!Array.isArray(list) || list.length === 0) {
      problems.error(`${path}.stages`, `expected a list of at least one stage, not ${show(list)}.`)
      return undefined
    }
    const planned = list.map((stage, index) =>
      planStage(stage, `${path}.stages.${index}`, problems, planLoad),
    )
    return planned.every((stage) => stage !== undefined) ? { loop: 'stages', stages: planned } : undefined
  },
  implies(plan) {
    return { duration: plan.stages.reduce((total, stage) => total + stage.duration, 0) }
  },
}

interface PlannedStage {
  readonly load: OpenLoadPlan | ClosedLoadPlan
  readonly duration: Nanos
}

function planStage(
  value: unknown,
  path: string,
  problems: Problems,
  planLoad: PlanPart,
): PlannedStage | undefined {
  if (!isFields(value)) {
    problems.error(path, `expected { load, duration }, not ${show(value)}.`)
    return undefined
  }
  readFields(problems, path, value, ['load', 'duration'])
  const load = planLoad(value['load'], `${path}.load`, problems)
  const duration = readDuration(problems, `${path}.duration`, value['duration'], 'positive')
  if (load?.loop === 'stages') {
    problems.error(`${path}.load`, 'stages cannot contain stages; write them in one list.')
    return undefined
  }
  if (load?.loop === 'closed' && load.requests !== null) {
    problems.error(`${path}.load.requests`, 'a stage ends by its duration, not by a number of requests.')
    return undefined
  }
  return load === undefined || duration === undefined ? undefined : { load, duration }
}
