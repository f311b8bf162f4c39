import type { StudyMeasurement, StudyResult } from '../../src/report/study/study-result.ts'
import { plannedStudy, simulate } from './study.ts'

const MS = 1e6
const GIB = 2 ** 30
/** Users. */
export const LOADS: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

const gauge = (unit: string, mean: number, max = mean) => ({
  unit,
  device: 'GPU-1',
  mean,
  min: mean,
  max,
  p95: max,
  coverage: 1,
})

/** A study of one axis on two GPUs, the second of which idles, as NVML tells of them. */
export async function gpuStudy(): Promise<StudyResult> {
  const study = plannedStudy({
    space: { instances: [1, 2] },
    loads: { concurrency: LOADS, gain: 0, refine: 0 },
    confirm: { rounds: 2, leaders: 1 },
    ablation: false,
  })
  const { result } = await simulate(study, ({ instances }, users) => {
    const throughput = Math.min(1000 * Number(instances), 50 * (users ?? 1))
    return {
      throughput,
      latency: ((users ?? 1) / throughput) * 1000 * MS,
      gauges: {
        'gpu0.memory.used': gauge('By', GIB * Number(instances), 1.5 * GIB * Number(instances)),
        'gpu0.utilization': gauge('1', throughput / 2000),
        'gpu0.power': gauge('W', 70 + throughput / 10),
        'gpu1.memory.used': gauge('By', 1000),
        'gpu1.utilization': gauge('1', 0),
        'server.memory.rss': gauge('By', GIB),
      },
    }
  })
  const measurements = result.measurements.map((one): StudyMeasurement => {
    const service = one.metrics['responseTime.mean'] ?? 0
    return {
      ...one,
      batches:
        one.load === 1
          ? [{ size: 1, count: 40 }]
          : [
              { size: 4, count: 30 },
              { size: 8, count: 10 },
            ],
      metrics: {
        ...one.metrics,
        'serviceTime.mean': service * 0.9,
        'stages.total': service * 0.8,
        'stages.queue': service * 0.5,
        'stages.computeInput': 0,
        'stages.computeInfer': service * 0.25,
        'stages.meanBatch': 4,
      },
    }
  })
  return { ...result, measurements }
}
