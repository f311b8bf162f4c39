import { describe, expect, it } from 'vitest'
import { plannedStudy } from '../../test/support/study.ts'
import type { SamplerPlan } from '../hooks/providers.ts'
import { reviewMetrics, type MetricSources } from './review-metrics.ts'

const NONE: MetricSources = { samplers: [], mayBeMore: false }
const LOAD = { load: 'closed', concurrency: 1 }

function sampler(kind: string, options: SamplerPlan['options'] = {}): SamplerPlan {
  return { kind, package: 'p', options }
}

function review(options: Record<string, unknown>, sources: Partial<MetricSources> = {}): string | null {
  const study = plannedStudy({ space: { instances: [1, 2] }, load: LOAD, ...options })
  try {
    reviewMetrics([study], { ...NONE, ...sources })
    return null
  } catch (error) {
    return (error as Error).message
  }
}

describe('metrics that no measurement can tell', () => {
  it('are named before the first one, all at once', () => {
    const message = review({
      objective: { 'cost.perMonth': 1, power: 1, 'gauges.gpu0.utilization': 1, throughput: 1 },
      constraints: { gauges: { 'host.memory.used': { max: 1 } } },
    })
    expect(message?.split('\n')).toEqual([
      'What is to be measured has 4 problems:',
      "  study 'tuned' · objective.cost.perMonth: nothing says what the target costs: give `cost` a price, or a shape and prices.",
      "  study 'tuned' · objective.power: no sampler of this run reads power (there is none): add a meter to `samplers`, such as 'rapl'.",
      "  study 'tuned' · objective.gauges.gpu0.utilization: there is no sampler that could read it: add one to `samplers`, such as 'host' for memory and CPU.",
      "  study 'tuned' · constraints.gauges.host.memory.used: there is no sampler that could read it: add one to `samplers`, such as 'host' for memory and CPU.",
    ])
  })

  it('are those of other samplers than the run has', () => {
    const host = { samplers: [sampler('host')] }
    expect(review({ objective: 'gauges.gpu0.memory.used' }, host)).toContain('reads host.… and server.… only')
    expect(review({ objective: 'energy.perItem' }, host)).toContain("reads power ('host')")
    expect(review({ objective: 'gauges.energy.power' }, host)).toContain("reads power ('host')")
    expect(review({ objective: 'gauges.server.memory.rss' }, host)).toBeNull()
  })

  it.each([
    ['power', { samplers: [sampler('rapl')] }],
    ['power', { samplers: [sampler('host', { battery: true })] }],
    ['gauges.temperature.cpu', { samplers: [sampler('host', { thermal: true })] }],
    ['gauges.queue', { samplers: [sampler('prometheus')] }],
    // Of a plugin nobody knows what it adds to a trial.
    ['gauges.gpu0.utilization', { mayBeMore: true }],
    ['responseTime.p99', {}],
  ])('are not taken for such when something may read them: %s', (objective, sources) => {
    expect(review({ objective }, sources)).toBeNull()
  })

  it('count samplers of the study and prices of its settings', () => {
    const samplers = [sampler('host')]
    expect(review({ objective: 'gauges.server.memory.rss', samplers })).toBeNull()
    expect(review({ objective: 'cost.perMillion', cost: { price: 1.2 } })).toBeNull()
  })
})
