import type { LoadPlan, OpenLoadPlan, ProcessPlan, TracePlan } from '../arrival/load-plan.ts'

/** The traces that a load is made of. */
export function tracesOf(load: LoadPlan): readonly TracePlan[] {
  const found: TracePlan[] = []
  mapTraces(load, (plan) => {
    found.push(plan)
    return plan
  })
  return found
}

/** The same load with its traces replaced. */
export function mapTraces<Load extends LoadPlan>(load: Load, replace: (plan: TracePlan) => TracePlan): Load
export function mapTraces(load: LoadPlan, replace: (plan: TracePlan) => TracePlan): LoadPlan {
  switch (load.loop) {
    case 'closed':
      return load
    case 'stages':
      return {
        ...load,
        stages: load.stages.map((stage) => ({ ...stage, load: mapTraces(stage.load, replace) })),
      }
    case 'open':
      return { ...load, process: mapProcess(load.process, replace) }
  }
}

function mapProcess(process: ProcessPlan, replace: (plan: TracePlan) => TracePlan): ProcessPlan {
  switch (process.kind) {
    case 'trace':
      return replace(process)
    case 'slice':
      return { ...process, of: mapTraces<OpenLoadPlan>(process.of, replace) }
    case 'superpose':
      return { ...process, parts: process.parts.map((part) => mapTraces<OpenLoadPlan>(part, replace)) }
    default:
      return process
  }
}
