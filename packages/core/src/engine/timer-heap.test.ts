import { describe, expect, it } from 'vitest'
import { TimerHeap } from './timer-heap.ts'

describe('TimerHeap', () => {
  it('gives entries back by time, equal times in their order', () => {
    const heap = new TimerHeap()
    let state = 3
    const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
    const expected: [number, number, number][] = []
    for (let index = 0; index < 5000; index++) {
      const time = Math.floor(random() * 300)
      heap.push(time, index, index * 2)
      expected.push([time, index, index * 2])
    }
    expected.sort((a, b) => a[0] - b[0] || a[1] - b[1])
    const actual: [number, number, number][] = []
    while (heap.size > 0) {
      actual.push([heap.peek(), heap.id, heap.tag])
      heap.pop()
    }
    expect(actual).toEqual(expected)
    expect(heap.peek()).toBe(Infinity)
  })
})
