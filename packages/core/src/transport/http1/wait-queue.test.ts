import { describe, expect, it } from 'vitest'
import type { Prepared } from '../../engine/session.ts'
import { Random } from '../../stats/prng.ts'
import { patchOf, prepare } from '../../testing/prepare.ts'
import { WaitQueue } from './wait-queue.ts'

describe('WaitQueue', () => {
  it('behaves like a list from which anything can be taken', () => {
    const random = new Random([5, 6, 7, 8])
    const below = (bound: number): number => Math.floor(random.next() * bound)
    const payloads = prepare([{ bytes: Buffer.from('a') }, { bytes: Buffer.from('b') }])
    const queue = new WaitQueue(20)
    const model: { slot: number; unit: number }[] = []
    for (let step = 0; step < 5_000; step++) {
      const slot = below(20)
      const index = model.findIndex((entry) => entry.slot === slot)
      expect(queue.has(slot)).toBe(index !== -1)
      if (index === -1) {
        const unit = step * 4_000_000_000
        queue.add(slot, payloads.at(step % 2) as Prepared, {
          ...patchOf(unit),
          start: step % 3 === 0,
          end: step % 5 === 0,
          user: (step % 7) - 1,
          attempt: step % 2,
        })
        model.push({ slot, unit })
      } else {
        const taken = below(2) === 0 ? slot : queue.first
        const entry = model.find((candidate) => candidate.slot === taken)
        const patch = patchOf(-1)
        const step0 = (entry?.unit ?? 0) / 4_000_000_000
        expect(queue.remove(taken, patch)).toBe(payloads[step0 % 2])
        expect(patch).toEqual({
          ...patchOf(entry?.unit ?? 0),
          start: step0 % 3 === 0,
          end: step0 % 5 === 0,
          user: (step0 % 7) - 1,
          attempt: step0 % 2,
        })
        model.splice(
          model.findIndex((candidate) => candidate.slot === taken),
          1,
        )
      }
      expect(queue.length).toBe(model.length)
      expect(queue.first).toBe(model[0]?.slot ?? -1)
    }
  })
})
