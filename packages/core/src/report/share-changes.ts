import type { LoadPlan, SliceShift } from '../arrival/load-plan.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { Nanos } from '../units/nanos.ts'
import { formatNanos, formatShare } from './quantity.ts'

/** The streams that share a load get other parts of it; instants from the start of the measurement. */
export interface ShareChange {
  readonly at: Nanos
  /** When it is over; equal to `at` when it happens at once. */
  readonly until: Nanos
  /** `new: 0 % to 50 %`, of each stream whose part changes. */
  readonly description: string
}

/** The streams that share the scenario's load, in their order. */
export function sharingStreams(plan: Pick<TrialPlan, 'streams'>): readonly string[] {
  return Object.entries(plan.streams).flatMap(([name, { load }]) => (slicesOf(load).length > 0 ? [name] : []))
}

/** When and how the parts of streams change, in order. */
export function shareChanges(plan: Pick<TrialPlan, 'streams'>): readonly ShareChange[] {
  const found = new Map<string, Found>()
  for (const [name, { load }] of Object.entries(plan.streams)) {
    for (const { start, end, low, high, shifts } of slicesOf(load)) {
      let share = high - low
      for (const shift of shifts) {
        const at = start + shift.from
        const until = Math.min(end, start + (shift.until ?? shift.from))
        const before = shift.until === undefined ? share : shift.high - shift.low
        share = (shift.highEnd ?? shift.high) - (shift.lowEnd ?? shift.low)
        if (at >= end || before === share) continue
        const key = `${at} ${until}`
        const change: Found = found.get(key) ?? { at, until, parts: [] }
        change.parts.push(`${name}: ${formatShare(before)} to ${formatShare(share)}`)
        found.set(key, change)
      }
    }
  }
  return [...found.values()]
    .sort((a, b) => a.at - b.at)
    .map(({ at, until, parts }) => ({ at, until, description: parts.join(', ') }))
}

/** As events of a trial, on its own clock. */
export function shareEvents(
  plan: Pick<TrialPlan, 'streams'>,
  measurement: { readonly from: Nanos; readonly until: Nanos },
): readonly { readonly at: Nanos; readonly kind: string; readonly message: string }[] {
  return shareChanges(plan).flatMap(({ at, until, description }) => {
    if (measurement.from + at >= measurement.until) return []
    const over = until > at ? ` over ${formatNanos(until - at)}` : ''
    return [{ at: measurement.from + at, kind: 'shares', message: `${description}${over}` }]
  })
}

interface Found {
  readonly at: Nanos
  readonly until: Nanos
  readonly parts: string[]
}

interface Slice {
  /** Of the stage it belongs to. */
  readonly start: Nanos
  readonly end: Nanos
  readonly low: number
  readonly high: number
  readonly shifts: readonly SliceShift[]
}

function slicesOf(load: LoadPlan): readonly Slice[] {
  if (load.loop === 'stages') {
    let start = 0
    return load.stages.flatMap((stage) => {
      const begin = start
      start += stage.duration
      return slicesOf(stage.load).map((slice) => ({ ...slice, start: begin, end: start }))
    })
  }
  if (load.loop === 'closed' || load.process.kind !== 'slice' || load.process.shared !== true) return []
  const { low, high, shifts = [] } = load.process
  return [{ start: 0, end: Infinity, low, high, shifts }]
}
