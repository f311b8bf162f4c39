import { describe, expect, it } from 'vitest'
import { parseMetricFamilies, parsePrometheus } from '../../units/prometheus.ts'
import { MetricGauges } from './metric-gauges.ts'
import type { MetricSelection } from './metric-selection.ts'

const TYPES = `# TYPE pending gauge
# TYPE done_total counter
# TYPE busy_seconds_total counter
# TYPE latency_seconds histogram
`

/** What the gauges are on each page, which come a second apart. */
function run(selections: readonly MetricSelection[], pages: readonly string[]) {
  const metrics = new MetricGauges(selections, parseMetricFamilies(TYPES))
  const resets: string[] = []
  const values = pages.map((page, second) => {
    const into = new Float64Array(selections.length).fill(NaN)
    resets.push(...metrics.read(parsePrometheus(page), into, second * 1e9))
    return [...into]
  })
  return { gauges: metrics.gauges, values, resets }
}

describe('gauges of metrics', () => {
  it('are levels, rates of counters, and means of what a histogram took in', () => {
    const { gauges, values } = run(
      [
        { metric: 'pending' },
        { metric: 'done_total', as: 'done' },
        { metric: 'busy_seconds_total' },
        { metric: 'latency_seconds', value: 'mean' },
        { metric: 'done_total', as: 'done.level', value: 'level', unit: 'requests' },
      ],
      [
        'pending 3\ndone_total 10\nbusy_seconds_total 5\nlatency_seconds_sum 1\nlatency_seconds_count 10',
        'pending 4\ndone_total 25\nbusy_seconds_total 5.5\nlatency_seconds_sum 3\nlatency_seconds_count 20',
        'pending 0\ndone_total 25\nbusy_seconds_total 5.5\nlatency_seconds_sum 3\nlatency_seconds_count 20',
      ],
    )
    expect(gauges).toEqual([
      { name: 'pending', unit: 'value', covers: 'instant' },
      { name: 'done', unit: '/s', covers: 'interval' },
      { name: 'busy_seconds_total', unit: '1', covers: 'interval' },
      { name: 'latency_seconds', unit: 's', covers: 'interval' },
      { name: 'done.level', unit: 'requests', covers: 'instant' },
    ])
    expect(values).toEqual([
      [3, NaN, NaN, NaN, 10],
      [4, 15, 0.5, 0.2, 25],
      // Of no request there is no mean.
      [0, 0, 0, NaN, 25],
    ])
  })

  it('are made of several series, in the way that is asked for', () => {
    const page = (growth: number): string =>
      `done_total{model="a"} ${growth}\ndone_total{model="b"} ${3 * growth}\npending{model="a"} 2\npending{model="b"} NaN`
    const { values } = run(
      [
        { metric: 'done_total' },
        { metric: 'done_total', as: 'mean', of: 'mean' },
        { metric: 'done_total', as: 'least', of: 'min' },
        { metric: 'done_total', as: 'most', of: 'max' },
        { metric: 'pending' },
      ],
      [page(0), page(10)],
    )
    expect(values[1]).toEqual([40, 20, 10, 30, 2])
  })

  it('choose by labels: one value, one of several, or none', () => {
    const page = 'pending{model="a",version="1"} 1\npending{model="b"} 2\npending 4\npending{model="c"} 8'
    const labels: readonly NonNullable<MetricSelection['labels']>[] = [
      { model: 'a' },
      { model: ['a', 'c'] },
      { model: null },
      { model: ['b', null] },
      { model: 'a', version: '2' },
    ]
    const selections = labels.map((chosen, index) => ({ metric: 'pending', as: `g${index}`, labels: chosen }))
    expect(run(selections, [page]).values[0]).toEqual([1, 9, 4, 6, NaN])
  })

  it('leave out the time in which a counter went back, and say so', () => {
    const { values, resets } = run(
      [{ metric: 'done_total' }, { metric: 'latency_seconds', value: 'mean' }],
      [
        'done_total 100\nlatency_seconds_sum 4\nlatency_seconds_count 4',
        'done_total 5\nlatency_seconds_sum 1\nlatency_seconds_count 1',
        'done_total 8\nlatency_seconds_sum 2\nlatency_seconds_count 3',
      ],
    )
    expect(values).toEqual([
      [NaN, NaN],
      [NaN, NaN],
      [3, 0.5],
    ])
    expect(resets).toEqual(['done_total', 'latency_seconds'])
  })

  it('count a series that comes later from 0', () => {
    const pages = ['done_total{model="a"} 7', 'done_total{model="a"} 7\ndone_total{model="b"} 2']
    expect(run([{ metric: 'done_total' }], pages).values).toEqual([[NaN], [2]])
  })
})

it('says what a page has nothing of', () => {
  const selections: MetricSelection[] = [
    { metric: 'pending', labels: { model: 'b' } },
    { metric: 'latency_seconds', value: 'mean' },
    { metric: 'pending', as: 'other' },
  ]
  const metrics = new MetricGauges(selections, parseMetricFamilies(TYPES))
  expect(metrics.missing(parsePrometheus('pending{model="a"} 1'))).toEqual(['pending', 'latency_seconds'])
})
