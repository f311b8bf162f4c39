import { describe, expect, it } from 'vitest'
import { NO_EVIDENCE, type Evidence } from './evidence.ts'
import { findBottleneck, THRESHOLDS } from './find-bottleneck.ts'

/** A quiet machine: everything is known, and nothing is at its limit. */
const QUIET: Evidence = {
  ...NO_EVIDENCE,
  loadThread: 0.2,
  foreignCpu: 0.01,
  lag: 0.01,
  wait: 0.02,
  network: 0.2,
  queue: 0.1,
  copy: 0.1,
  infer: 0.4,
  gpuBusy: 0.3,
  gpuUnits: 0.2,
  gpuBandwidth: 0.2,
  powerThrottle: 0,
  heatThrottle: 0,
  powerOfLimit: 0.5,
  serverCpu: 0.3,
  hostCpu: 0.4,
  cpuThrottle: 0,
  memoryPressure: 0,
  runnable: 0.5,
  cpuPressure: 0.05,
  involuntary: 0.1,
  side: 'compute',
  ofRoof: 0.1,
}
const CALMER = { name: 'threads=2', throughput: 0.7, runnable: 0.9, cpuPressure: 0.1, involuntary: 0.2 }
const CROWDED = { runnable: 6, cpuPressure: 0.8, involuntary: 9, calmer: CALMER }

function verdictOf(over: Partial<Evidence>): string {
  return findBottleneck({ ...QUIET, ...over }).verdict
}

describe('findBottleneck', () => {
  it.each<[string, Partial<Evidence>]>([
    ['client', { loadThread: 0.95 }],
    ['client', { lag: 0.4 }],
    ['client', { clientCpu: 0.99 }],
    ['network', { network: 0.6 }],
    ['queue', { queue: 0.6 }],
    ['queue', { wait: 0.3, queue: 0.25 }],
    ['queue', { wait: 0.7 }],
    ['copy', { copy: 0.45, infer: 0.3 }],
    ['compute', { gpuUnits: 0.9 }],
    ['compute', { gpuUnits: null, gpuBusy: 0.95 }],
    ['compute', { serverCpu: 0.97 }],
    ['compute', { hostCpu: 0.99 }],
    ['compute', { cpuThrottle: 0.3 }],
    ['compute', { side: 'compute', ofRoof: 0.6 }],
    ['memory', { gpuBandwidth: 0.75 }],
    ['memory', { memoryPressure: 0.2 }],
    ['memory', { side: 'memory', ofRoof: 0.6 }],
    ['power', { powerThrottle: 0.4 }],
    ['power', { heatThrottle: 0.4 }],
    ['power', { powerThrottle: null, powerOfLimit: 0.99 }],
    ['over-subscription', CROWDED],
  ])('finds %s in %j', (verdict, over) => {
    const found = findBottleneck({ ...QUIET, ...over })
    expect(found.verdict).toBe(verdict)
    expect(found.claims).toHaveLength(1)
    for (const { value, threshold } of found.claims[0]?.facts ?? [])
      expect(value).toBeGreaterThanOrEqual(threshold)
  })

  it('says nothing about a quiet machine, and nothing about one of which nothing is known', () => {
    expect(findBottleneck(QUIET)).toEqual({ verdict: 'unclear', claims: [], explained: [] })
    expect(findBottleneck(NO_EVIDENCE)).toEqual({ verdict: 'unclear', claims: [], explained: [] })
  })

  it('holds from the threshold on', () => {
    expect(verdictOf({ network: THRESHOLDS.network })).toBe('network')
    expect(verdictOf({ network: THRESHOLDS.network - 1e-9 })).toBe('unclear')
  })

  it('tells causes from what they bring about', () => {
    const queued = findBottleneck({ ...QUIET, queue: 0.8, serverCpu: 0.99 })
    expect(queued).toMatchObject({ verdict: 'compute', explained: [{ limit: 'queue' }] })
    expect(verdictOf({ gpuUnits: 0.95, gpuBandwidth: 0.8, queue: 0.7 })).toBe('memory')
    expect(verdictOf({ gpuUnits: 0.95, powerThrottle: 0.5 })).toBe('power')
    expect(verdictOf({ ...CROWDED, serverCpu: 1, hostCpu: 1, network: 0.7 })).toBe('over-subscription')
    expect(verdictOf({ loadThread: 0.99, network: 0.9 })).toBe('client')
    expect(verdictOf({ network: 0.7, hostCpu: 0.99 })).toBe('compute')
  })

  it('does not choose between limits that do not explain each other', () => {
    const both = findBottleneck({ ...QUIET, loadThread: 0.99, gpuUnits: 0.95 })
    expect(both.verdict).toBe('unclear')
    expect(both.claims.map(({ limit }) => limit)).toEqual(['client', 'compute'])
    expect(verdictOf({ network: 0.6, copy: 0.4, infer: 0 })).toBe('unclear')
    expect(verdictOf({ copy: 0.4, infer: 0.3, gpuUnits: 0.9 })).toBe('unclear')
  })

  it('lets better evidence overrule worse', () => {
    // A kernel runs all the time, on a tenth of the GPU.
    expect(verdictOf({ gpuBusy: 1, gpuUnits: 0.1 })).toBe('unclear')
    // Near its limit, and not held back.
    expect(verdictOf({ powerOfLimit: 0.99, powerThrottle: 0 })).toBe('unclear')
  })

  it('does not call threads too many unless less gets done with them', () => {
    expect(verdictOf({ ...CROWDED, calmer: null })).toBe('unclear')
    expect(verdictOf({ ...CROWDED, calmer: { ...CALMER, throughput: 1.2 } })).toBe('unclear')
    expect(verdictOf({ ...CROWDED, calmer: { ...CALMER, throughput: 0.97 } })).toBe('unclear')
    expect(verdictOf({ ...CROWDED, runnable: 1.1 })).toBe('unclear')
    // One sign contradicts the others.
    expect(verdictOf({ ...CROWDED, involuntary: 0.05 })).toBe('unclear')
    expect(verdictOf({ ...CROWDED, involuntary: null, cpuPressure: null })).toBe('unclear')
    expect(verdictOf({ ...CROWDED, involuntary: null })).toBe('over-subscription')
    // There is no more pressure than all the time.
    const calmer = { ...CALMER, cpuPressure: 0.99 }
    expect(verdictOf({ ...CROWDED, cpuPressure: 0.98, calmer })).toBe('over-subscription')
    expect(verdictOf({ ...CROWDED, cpuPressure: 0.98, involuntary: 0.2, calmer })).toBe('unclear')
  })

  it('does not blame the target for what other programs do', () => {
    const busy = { ...CROWDED, hostCpu: 1, memoryPressure: 0.5 }
    expect(verdictOf({ ...busy, foreignCpu: 0.5 })).toBe('unclear')
    expect(verdictOf({ ...busy, foreignCpu: 0.5, serverCpu: 0.95 })).toBe('compute')
    expect(verdictOf({ clientCpu: 1, foreignCpu: 0.5 })).toBe('unclear')
  })

  it('does not take what is not known for 0', () => {
    expect(findBottleneck({ ...NO_EVIDENCE, copy: 0.9 }).verdict).toBe('unclear')
    expect(findBottleneck({ ...NO_EVIDENCE, queue: 0.9 }).verdict).toBe('queue')
    expect(findBottleneck({ ...NO_EVIDENCE, ofRoof: 0.9 }).verdict).toBe('unclear')
  })
})
