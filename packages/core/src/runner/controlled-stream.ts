import type { ControlPlan } from '../arrival/load-plan.ts'
import { controlOf } from '../arrival/load-rates.ts'
import type { SamplerPlan } from '../hooks/providers.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import type { ConnectedStream } from './session-setup.ts'

/** A stream whose load follows a gauge. */
export interface ControlledStream {
  readonly index: number
  readonly name: string
  readonly plan: ControlPlan
  readonly vary: 'rate' | 'concurrency'
}

export function findControlled(streams: readonly ConnectedStream[]): ControlledStream | null {
  for (const [index, { name, plan }] of streams.entries()) {
    const control = controlOf(plan.load)
    if (control !== null)
      return { index, name, plan: control, vary: plan.load.loop === 'open' ? 'rate' : 'concurrency' }
  }
  return null
}

/** What the host sampler gives can be followed without asking for it. */
export function withHostSampler(samplers: readonly SamplerPlan[], plan: TrialPlan): readonly SamplerPlan[] {
  const followed = Object.values(plan.streams).flatMap(({ load }) => controlOf(load)?.of ?? [])
  const isWanted = followed.some((gauge) => /^(host|server)\./.test(gauge))
  if (!isWanted || samplers.some(({ kind }) => kind === 'host')) return samplers
  return [...samplers, { kind: 'host', package: 'servebench', options: {} }]
}
