import { describe, expect, it } from 'vitest'
import type { Model } from './model/model.ts'
import { Statistics } from './model/statistics.ts'
import { formatMetrics } from './prometheus.ts'

function model(name: string, change: (statistics: Statistics) => void = () => undefined): Model {
  const statistics = new Statistics()
  change(statistics)
  return { name, version: '3', pending: 4, loadNanos: 1_234_567_890, statistics } as unknown as Model
}

describe('formatMetrics', () => {
  it('has one HELP and one TYPE for each family, with a line for each model', () => {
    const lines = formatMetrics([model('a'), model('b')]).split('\n')
    const families = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2])
    expect(new Set(families).size).toBe(families.length)
    expect(families).toContain('nv_inference_exec_count')
    expect(lines.filter((line) => line.startsWith('nv_inference_count{'))).toHaveLength(2)
  })

  it('counts in whole microseconds and rows', () => {
    const text = formatMetrics([
      model('m', (statistics) => {
        statistics.recordExecution(5, 1000, 2_000_400, 3000)
        statistics.computeInfer.add(2_000_400)
        statistics.recordFailure('REJECTED', 10)
      }),
    ])
    expect(text).toContain('nv_inference_count{model="m",version="3"} 5\n')
    expect(text).toContain('nv_inference_exec_count{model="m",version="3"} 1\n')
    expect(text).toContain('nv_inference_compute_infer_duration_us{model="m",version="3"} 2000\n')
    expect(text).toContain('nv_inference_request_failure{model="m",version="3",reason="REJECTED"} 1\n')
    expect(text).toContain('nv_inference_pending_request_count{model="m",version="3"} 4\n')
    expect(text).toContain('nv_model_load_duration_secs{model="m",version="3"} 1.234568\n')
  })

  it('escapes label values', () => {
    expect(formatMetrics([model('a"b\\c\nd')])).toContain('model="a\\"b\\\\c\\nd"')
  })
})
