import { expect, it } from 'vitest'
import type { LoadPlan } from '../arrival/load-plan.ts'
import { VirtualClock } from '../clock/virtual-clock.ts'
import { SimulatedTarget } from '../testing/simulated-target.ts'
import { prepare } from '../testing/prepare.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import { TrialControl } from './control.ts'
import { createStreamLoad } from './create-stream-load.ts'
import { LiveView } from './live-view.ts'
import { LoadEngine } from './load-engine.ts'
import { Recorder } from './recorder.ts'

const LOAD: LoadPlan = {
  loop: 'open',
  process: { kind: 'constant' },
  rate: [{ from: 0, until: null, rate: 100, rateEnd: 100 }],
}

it('integrates requests in flight up to an end that is brought forward', () => {
  const clock = new VirtualClock()
  const control = new TrialControl()
  control.reset()
  control.measureFrom = SECOND
  control.measureUntil = 20 * SECOND
  const spans: { dispatched: number; completion: number }[] = []
  const recorder = new Recorder((block, rows) => {
    for (let row = 0; row < rows; row++) {
      spans.push({ dispatched: block.dispatched[row] as number, completion: block.completion[row] as number })
    }
    recorder.recycle(block)
  }, 16)
  const engine = new LoadEngine({
    clock,
    control,
    live: new LiveView(),
    recorder,
    maxInFlight: 100,
    overflow: 'queue',
    capture: null,
    wake: () => {},
  })
  engine.add(
    createStreamLoad({
      index: 0,
      load: LOAD,
      unit: { kind: 'request' },
      session: new SimulatedTarget(engine, clock, { serviceTime: () => 30 * MILLISECOND }),
      prepared: prepare([{ bytes: new Uint8Array(1) }]),
      timeout: SECOND,
      retry: { attempts: 0, on: [] },
      captures: false,
      gaps: new LogLinearHistogram(),
      expectedBytes: -1,
      worker: 0,
      workers: 1,
      seed: { seed: 's', path: ['x'], repeat: 0, stream: 'main' },
    }),
  )
  const turnUntil = (instant: number): void => {
    for (let now = clock.now(); now < instant; now = clock.now()) {
      engine.turn(now)
      clock.run(now + MILLISECOND)
    }
  }
  turnUntil(3 * SECOND)
  // Ctrl-C: the end is decided 50 ms ahead.
  control.measureUntil = 3.05 * SECOND
  turnUntil(4 * SECOND)
  control.arrivalsUntil = 4 * SECOND
  control.drainUntil = 4 * SECOND
  engine.turn(4 * SECOND)
  engine.settleRest()
  recorder.flush()

  const fromRecords = spans.reduce(
    (sum, { dispatched, completion }) =>
      sum + Math.max(0, Math.min(completion, 3.05 * SECOND) - Math.max(dispatched, SECOND)),
    0,
  )
  expect(fromRecords).toBeGreaterThan(0)
  expect(engine.inFlightTotals.area / fromRecords).toBeCloseTo(1, 9)
})
