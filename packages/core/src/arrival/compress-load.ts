import type { ModulationPlan, OpenLoadPlan, ProcessPlan, SliceShift, TracePlan } from './load-plan.ts'

/** The same load `factor` times as fast: times divided, rates multiplied. */
export function compressLoad(plan: OpenLoadPlan, factor: number): OpenLoadPlan {
  return {
    ...plan,
    process: compressProcess(plan.process, factor),
    rate: plan.rate.map((segment) => ({
      from: segment.from / factor,
      until: segment.until === null ? null : segment.until / factor,
      rate: segment.rate * factor,
      rateEnd: segment.rateEnd * factor,
    })),
    ...(plan.modulation === undefined ? {} : { modulation: compressModulation(plan.modulation, factor) }),
  }
}

function compressProcess(process: ProcessPlan, factor: number): ProcessPlan {
  switch (process.kind) {
    case 'burst':
      return {
        ...process,
        within: process.within / factor,
        every: process.every === null ? null : process.every / factor,
        ...(process.after === undefined ? {} : { after: process.after / factor }),
      }
    case 'mmpp':
      return {
        ...process,
        rates: [process.rates[0] * factor, process.rates[1] * factor],
        dwell: [process.dwell[0] / factor, process.dwell[1] / factor],
      }
    case 'selfSimilar':
      return { ...process, rate: process.rate * factor, on: process.on / factor, off: process.off / factor }
    case 'superpose':
      return { ...process, parts: process.parts.map((part) => compressLoad(part, factor)) }
    case 'slice':
      return {
        ...process,
        of: compressLoad(process.of, factor),
        ...(process.shifts === undefined
          ? {}
          : { shifts: process.shifts.map((shift) => compressShift(shift, factor)) }),
      }
    case 'trace':
      return { ...process, speed: process.speed * factor, scale: compressScale(process.scale, factor) }
    default:
      return process
  }
}

function compressShift(shift: SliceShift, factor: number): SliceShift {
  const from = shift.from / factor
  return shift.until === undefined ? { ...shift, from } : { ...shift, from, until: shift.until / factor }
}

function compressScale(scale: TracePlan['scale'], factor: number): TracePlan['scale'] {
  if (typeof scale === 'number') return scale
  return 'mean' in scale ? { mean: scale.mean * factor } : { peak: scale.peak * factor }
}

function compressModulation(plan: ModulationPlan, factor: number): ModulationPlan {
  if (plan.kind === 'sine') return { ...plan, period: plan.period / factor }
  return { ...plan, pieces: plan.pieces.map((piece) => ({ ...piece, length: piece.length / factor })) }
}
