import { DEFAULT_SETTINGS } from '../../src/config/defaults.ts'
import type { CasePlan } from '../../src/plan/case-plan.ts'
import { caseId } from '../../src/plan/identity.ts'
import type { ServerPlan, StreamPlan } from '../../src/plan/trial-plan.ts'

export const poisson: StreamPlan['load'] = {
  loop: 'open',
  process: { kind: 'poisson' },
  rate: [{ from: 0, until: null, rate: 100, rateEnd: 100 }],
}
export const closed: StreamPlan['load'] = {
  loop: 'closed',
  concurrency: 1,
  requests: null,
  thinkTime: { kind: 'none' },
}

export function server(threads: number, instances = 1): ServerPlan {
  return { kind: 'onnx', package: 'p', launch: { threads }, state: { instances } }
}

export function planned(
  name: string,
  options: Partial<CasePlan> & { server?: ServerPlan; load?: StreamPlan['load'] } = {},
): CasePlan {
  const { server: own = null, load = poisson, repeats = 1, skip = null } = options
  const key = { file: 'a.bench.ts', path: [name], case: {}, role: 'measurement' } as const
  const main = {
    target: { kind: 'http', package: 'p', options: {} },
    input: { from: 'target' },
    load,
    exchange: { kind: 'request' },
    check: null,
    expect: null,
    slo: null,
  } as const
  return {
    trial: {
      caseId: caseId(key),
      ...key,
      tags: [],
      settings: DEFAULT_SETTINGS,
      origins: {},
      server: own,
      streams: { main },
      digest: 'd',
    },
    repeats,
    skip,
    ...(options.profile === undefined ? {} : { profile: options.profile }),
  }
}
