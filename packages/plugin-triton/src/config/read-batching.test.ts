import { expect, it } from 'vitest'
import { readBatching } from './read-batching.ts'

const CONFIG = {
  max_batch_size: 8,
  instance_group: [{ count: 2 }, { count: 1 }],
  dynamic_batching: { max_queue_delay_microseconds: 500 },
}

it('reads what fills a batch, how many run at a time, and how long they wait', () => {
  expect(readBatching('m', CONFIG)).toEqual({ model: 'm', size: 8, instances: 3, delay: 500_000 })
})

it('knows that the smallest preferred size does not wait', () => {
  const dynamic = { ...CONFIG.dynamic_batching, preferred_batch_size: [4, 2] }
  expect(readBatching('m', { ...CONFIG, dynamic_batching: dynamic })?.size).toBe(2)
})

it('is nothing without a delay, and without batching', () => {
  expect(readBatching('m', { ...CONFIG, dynamic_batching: {} })).toBeNull()
  expect(readBatching('m', { max_batch_size: 8 })).toBeNull()
  expect(readBatching('m', {})).toBeNull()
})
