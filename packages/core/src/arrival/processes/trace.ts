import type { Random } from '../../stats/prng.ts'
import { SECOND } from '../../units/nanos.ts'
import type { TracePlan } from '../load-plan.ts'
import type { PointProcess } from '../point-process.ts'
import type { TraceContent, TraceFacts } from '../process.ts'
import { CountedProcess } from './counted.ts'
import { RecordedProcess } from './recorded.ts'

/** The arrivals of a trace that has been opened. */
export function createTraceProcess(plan: TracePlan, content: TraceContent, random: Random): PointProcess {
  const factor = scaleFactor(plan, content)
  if (content.kind === 'instants') {
    const typicalGap = content.arrivals > 0 ? content.length / content.arrivals : 0
    return new RecordedProcess(content, { factor, speed: plan.speed, typicalGap }, random)
  }
  return new CountedProcess(
    { ...content, every: content.every / plan.speed, factor, expand: plan.expand },
    random,
  )
}

/** How many arrivals each one of the trace stands for. */
export function scaleFactor({ scale, speed }: TracePlan, facts: TraceFacts): number {
  if (typeof scale === 'number') return scale
  if (facts.arrivals === 0 || facts.length === 0) return 1
  if ('peak' in scale) return scale.peak / (facts.peak * speed)
  return scale.mean / ((facts.arrivals * SECOND * speed) / facts.length)
}
