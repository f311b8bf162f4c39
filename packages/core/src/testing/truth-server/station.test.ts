import { describe, expect, it } from 'vitest'
import type { Nanos } from '../../units/nanos.ts'
import { uniform } from './draw.ts'
import { serviceTimes } from './service-time.ts'
import { stallWindows, thaw } from './stall.ts'
import { type Customer, Station } from './station.ts'
import type { Task } from './precise-timer.ts'

/** Virtual time: events in order, nothing waits. */
class VirtualTime {
  #events: { due: Nanos; order: number; run: (due: Nanos) => void }[] = []
  #order = 0

  add(due: Nanos, task: Task): void {
    this.#events.push({ due, order: this.#order++, run: (at) => task.run(at) })
  }

  run(): void {
    while (this.#events.length > 0) {
      this.#events.sort((a, b) => a.due - b.due || a.order - b.order)
      const event = this.#events.shift()
      event?.run(event.due)
    }
  }
}

class Passenger implements Customer {
  readonly service: Nanos
  gone = false
  began = NaN
  finished = NaN
  constructor(service: Nanos) {
    this.service = service
  }
  begin(at: Nanos): void {
    this.began = at
  }
  finish(at: Nanos): void {
    this.finished = at
  }
}

function simulate(options: {
  readonly servers: number
  readonly places?: number
  readonly arrivals: readonly Nanos[]
  readonly services: readonly Nanos[]
  readonly stalls?: Parameters<typeof stallWindows>[0]
}) {
  const time = new VirtualTime()
  const windows = stallWindows(options.stalls ?? [])
  const most = { busy: 0, waiting: 0 }
  const observer = {
    occupancy(busy: number, waiting: number) {
      most.busy = Math.max(most.busy, busy)
      most.waiting = Math.max(most.waiting, waiting)
    },
    thaw: (at: Nanos) => thaw(windows, at),
    hold: (at: Nanos) => thaw(windows, at),
  }
  const station = new Station(time, observer, options.servers, options.places ?? Infinity)
  const refused: number[] = []
  const passengers = options.arrivals.map((arrival, index) => {
    const passenger = new Passenger(options.services[index] as Nanos)
    time.add(arrival, {
      run: (at) => {
        if (!station.enter(passenger, at)) refused.push(index)
      },
    })
    return passenger
  })
  time.run()
  return { passengers, refused, most }
}

function poissonArrivals(count: number, meanGap: Nanos, seed: number): Nanos[] {
  let at = 0
  return Array.from(
    { length: count },
    (_, index) => (at += meanGap * -Math.log1p(-uniform(seed, 500, index))),
  )
}

describe('Station', () => {
  it.each([1, 2, 5])(
    'is the first-come-first-served queue of Kiefer and Wolfowitz with %d servers',
    (servers) => {
      const arrivals = poissonArrivals(3000, 1e6, servers)
      const draw = serviceTimes({ kind: 'exponential', mean: '1ms' }, 9)
      const services = arrivals.map((_, index) => draw(index) * servers * 0.9)
      const { passengers, most } = simulate({ servers, arrivals, services })
      // Oracle: each takes the server that is free first.
      const free = Array.from({ length: servers }, () => 0)
      for (const [index, arrival] of arrivals.entries()) {
        free.sort((a, b) => a - b)
        const begin = Math.max(arrival, free[0] as number)
        free[0] = begin + (services[index] as number)
        expect(passengers[index]?.began).toBeCloseTo(begin, 3)
        expect(passengers[index]?.finished).toBeCloseTo(free[0], 3)
      }
      expect(most.busy).toBe(servers)
    },
  )

  it('turns away who finds the queue full', () => {
    const { passengers, refused, most } = simulate({
      servers: 1,
      places: 2,
      arrivals: [0, 1, 2, 3, 4, 15],
      services: [10, 10, 10, 10, 10, 10],
    })
    expect(refused).toEqual([3, 4])
    expect(most).toEqual({ busy: 1, waiting: 2 })
    expect(passengers.map((passenger) => passenger.finished)).toEqual([10, 20, 30, NaN, NaN, 40])
  })

  it('lets those whose client has gone leave without service', () => {
    const time = new VirtualTime()
    const station = new Station(time, { occupancy() {}, thaw: (at) => at, hold: (at) => at }, 1, 1)
    const [first, second, third] = [new Passenger(10), new Passenger(10), new Passenger(10)] as const
    expect(station.enter(first, 0)).toBe(true)
    expect(station.enter(second, 1)).toBe(true)
    expect(station.enter(third, 2)).toBe(false)
    second.gone = true
    expect(station.enter(third, 3)).toBe(true)
    time.run()
    expect([first.finished, second.finished, third.finished]).toEqual([10, NaN, 20])
  })

  it('neither starts nor ends service while frozen', () => {
    const { passengers } = simulate({
      servers: 10,
      arrivals: [0, 900_000, 1_500_000, 2_500_000],
      services: [500_000, 500_000, 500_000, 500_000],
      stalls: [{ from: '1ms', until: '2ms' }],
    })
    expect(passengers.map((passenger) => passenger.began)).toEqual([0, 900_000, 2_000_000, 2_500_000])
    // The second one was due inside the window: it leaves when the server wakes up.
    expect(passengers.map((passenger) => passenger.finished)).toEqual([
      500_000, 2_000_000, 2_500_000, 3_000_000,
    ])
  })

  it('empties a long queue of requests that need no time', () => {
    const arrivals = Array.from({ length: 20_000 }, (_, index) => index)
    const { passengers } = simulate({
      servers: 1,
      arrivals,
      services: arrivals.map(() => 0),
      stalls: [{ from: '0s', until: '1ms' }],
    })
    expect(passengers.every((passenger) => passenger.finished === 1_000_000)).toBe(true)
  })
})

describe('thaw', () => {
  it('joins windows that overlap or touch', () => {
    const windows = stallWindows([
      { from: '2ms', until: '3ms' },
      { from: '1ms', until: '2ms' },
      { from: '5ms', until: '6ms' },
    ])
    expect([0, 1e6, 1.5e6, 2.9e6, 3e6, 5.5e6, 6e6].map((at) => thaw(windows, at))).toEqual([
      0, 3e6, 3e6, 3e6, 3e6, 6e6, 6e6,
    ])
  })
})
