import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

describe('VirtualClock', () => {
  it('jumps from event to event in the order of their instants', () => {
    const clock = new VirtualClock()
    const seen: [string, number][] = []
    for (const [name, time] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
    ] as const) {
      clock.at(time, () => seen.push([name, clock.now()]))
    }
    clock.run()
    expect(seen).toEqual([
      ['a', 10],
      ['b', 20],
      ['c', 30],
    ])
  })

  it('keeps the order of planning among events of one instant, also for those planned meanwhile', () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    for (let index = 0; index < 50; index++) {
      clock.at(5, () => {
        seen.push(index)
        if (index < 3) clock.after(0, () => seen.push(100 + index))
      })
    }
    clock.run()
    expect(seen).toEqual([...Array.from({ length: 50 }, (_, index) => index), 100, 101, 102])
  })

  it('stops after `until` and stands there', () => {
    const clock = new VirtualClock(7)
    const seen: number[] = []
    for (const time of [8, 20, 20.5]) clock.at(time, () => seen.push(time))
    clock.run(20)
    expect([seen, clock.now(), clock.pending]).toEqual([[8, 20], 20, 1])
    clock.run(20.2)
    expect(clock.now()).toBe(20.2)
  })

  it('gives up what is cancelled, once and for all', () => {
    const clock = new VirtualClock()
    let runs = 0
    const timer = clock.at(1, () => runs++)
    clock.at(2, () => runs++)
    timer.cancel()
    timer.cancel()
    expect(clock.pending).toBe(1)
    expect(clock.step()).toBe(true)
    expect([clock.now(), runs, clock.step()]).toEqual([2, 1, false])
  })

  it('refuses the past and what is no instant', () => {
    const clock = new VirtualClock(10)
    expect(() => clock.at(9, () => {})).toThrow(RangeError)
    expect(() => clock.after(NaN, () => {})).toThrow(RangeError)
  })

  it('agrees with a sorted list on random events, planned before and during the run', () => {
    const clock = new VirtualClock()
    const ran: { readonly time: number; readonly order: number }[] = []
    let planned = 0
    let state = 1
    const next = (): number => (state = (state * 48271) % 2147483647)
    const plan = (time: number): void => {
      const order = planned++
      clock.at(time, () => {
        ran.push({ time: clock.now(), order })
        if (planned < 5000 && next() % 3 > 0) plan(clock.now() + (next() % 5))
      })
    }
    for (let index = 0; index < 2000; index++) plan(next() % 400)
    clock.run()
    expect(ran).toHaveLength(planned)
    expect(ran).toEqual(ran.toSorted((a, b) => a.time - b.time || a.order - b.order))
  })
})
