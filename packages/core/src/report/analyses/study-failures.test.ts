import { expect, it } from 'vitest'
import { plannedStudy, simulate } from '../../../test/support/study.ts'
import { failureTable } from './study-failures.ts'

it('shows the last words of a log without the colours that they end with', async () => {
  const study = plannedStudy({ space: { instances: [1, 2] }, load: { load: 'closed', concurrency: 1 } })
  const { result } = await simulate(study, ({ instances }) => ({
    throughput: 100,
    latency: 1e6,
    ...(instances === 2 ? { failed: 'It ended.' } : {}),
  }))
  const detail = 'loading\n\u001b[31mout of memory\n\u001b[m\n'
  const points = result.points.map((point) =>
    point.error === null ? point : { ...point, error: { ...point.error, detail } },
  )
  const [table] = failureTable({ ...result, points })
  expect(table?.rows).toEqual([['instances=2', 'It ended.', 'out of memory']])
})
