import { crc32 } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from '../clock/virtual-clock.ts'
import { failureKindOf } from '../report/record-block.ts'
import { LogLinearHistogram } from '../stats/histogram/log-linear-histogram.ts'
import { prepare } from '../testing/prepare.ts'
import { SECOND } from '../units/nanos.ts'
import { AnswerCapture } from './answer-capture.ts'
import { AnswerRing } from './answer-ring.ts'
import { TrialControl } from './control.ts'
import { createStreamLoad } from './create-stream-load.ts'
import { LiveView } from './live-view.ts'
import { LoadEngine } from './load-engine.ts'
import { FailureKind, Outcome } from './outcome.ts'
import { Recorder } from './recorder.ts'
import type { TargetSession } from './session.ts'

interface Answered {
  readonly outcome: number
  readonly failure: number
}

/** Lets one user send as many requests as there are answers; each is delivered in pieces. */
function run(
  answers: readonly (readonly string[])[],
  expected: { crc?: number; bytes?: number },
  ring: AnswerRing | null = null,
): Answered[] {
  const clock = new VirtualClock()
  const control = new TrialControl()
  control.reset()
  control.measureFrom = 0
  const rows: Answered[] = []
  const recorder = new Recorder((block, count) => {
    for (let row = 0; row < count; row++) {
      rows.push({ outcome: block.outcome[row] as number, failure: failureKindOf(block.code[row] as number) })
    }
    recorder.recycle(block)
  }, 64)
  const engine = new LoadEngine({
    clock,
    control,
    live: new LiveView(),
    recorder,
    maxInFlight: 10,
    overflow: 'queue',
    capture: ring === null ? null : new AnswerCapture(ring),
    wake: () => {},
  })
  let sent = 0
  const session: TargetSession = {
    async connect() {},
    open(slot) {
      const pieces = answers[sent++] ?? []
      engine.sent(slot)
      clock.after(1000, () => {
        const bytes = Buffer.from(pieces.join(''))
        let at = 0
        if (engine.capture[slot] === 1) {
          engine.head(slot, 200, Buffer.from('a: b'), 0, 4)
          for (const piece of pieces) {
            engine.body(slot, bytes, at, at + piece.length)
            at += piece.length
          }
        }
        engine.done(slot, bytes.length)
      })
    },
    write() {},
    end() {},
    cancel() {},
    statistics: () => ({
      engine: 'test',
      connectionsOpened: 0,
      connectionsFailed: 0,
      connectionsClosed: 0,
      connectNanos: 0,
      handshakeNanos: 0,
      bytesOut: 0,
      bytesIn: 0,
    }),
    async [Symbol.asyncDispose]() {},
  }
  engine.add(
    createStreamLoad({
      index: 0,
      load: { loop: 'closed', concurrency: 1, requests: answers.length, thinkTime: { kind: 'none' } },
      unit: { kind: 'request' },
      session,
      prepared: prepare([{ bytes: new Uint8Array(1) }]),
      timeout: SECOND,
      retry: { attempts: 0, on: [] },
      captures: ring !== null,
      gaps: new LogLinearHistogram(),
      expectedBytes: expected.bytes ?? -1,
      expectedCrc: expected.crc ?? -1,
      worker: 0,
      workers: 1,
      seed: { seed: 's', path: [], repeat: 0, stream: 'main' },
    }),
  )
  for (let now = 0; now < 1_000_000 && rows.length + sent < 2 * answers.length + 1; now += 500) {
    engine.turn(now)
    clock.run(now + 500)
  }
  recorder.flush()
  return rows
}

const right: Answered = { outcome: Outcome.completed, failure: FailureKind.none }
const wrong: Answered = { outcome: Outcome.completed, failure: FailureKind.unexpected }
const CRC = crc32('hello world')

describe('an expected answer', () => {
  it('is recognised by its CRC-32, in whatever pieces it comes', () => {
    const answers = [
      ['hello world'],
      ['hel', 'lo', ' world'],
      ['hello', ' world', ''],
      ['hello World'],
      [],
      ['hello world', '!'],
      ['hello world'],
    ]
    expect(run(answers, { crc: CRC })).toEqual([right, right, right, wrong, wrong, wrong, right])
  })

  it('is recognised by its size', () => {
    expect(run([['12345'], ['1234'], [], ['12', '345']], { bytes: 5 })).toEqual([right, wrong, wrong, right])
    expect(run([[], ['x']], { bytes: 0 })).toEqual([right, wrong])
  })

  it('must have both when both are given; an empty answer has a CRC too', () => {
    expect(run([['hello world'], ['hello World']], { bytes: 11, crc: CRC })).toEqual([right, wrong])
    expect(run([[], ['x']], { crc: 0 })).toEqual([right, wrong])
  })

  it('does not come between answers and their check', () => {
    const ring = AnswerRing.create(65_536)
    expect(run([['hello world'], ['other']], { crc: CRC }, ring)).toEqual([right, wrong])
    const texts = [ring.shift(), ring.shift()].map((entry) =>
      Buffer.from(entry?.messages[0] ?? []).toString(),
    )
    expect(texts).toEqual(['hello world', 'other'])
  })

  it('costs nothing where none is expected: answers are not even looked at', () => {
    expect(run([['anything']], {})).toEqual([right])
  })
})
