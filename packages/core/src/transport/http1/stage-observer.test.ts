import { describe, expect, it } from 'vitest'
import { FailureKind } from '../../engine/outcome.ts'
import { ServerStage } from '../../engine/session.ts'
import { chainObservers } from './answer-observer.ts'
import { StageObserver } from './stage-observer.ts'
import type { StageSource } from './stage-observer.ts'

const SERVER_TIMING: readonly StageSource[] = [
  { stage: 'queue', header: 'Server-Timing', metric: 'queue', unit: 'ms' },
  { stage: 'compute', header: 'Server-Timing', metric: 'compute', unit: 'ms' },
]

function stages(lines: string, sources = SERVER_TIMING): [ServerStage, number][] {
  const found: [ServerStage, number][] = []
  const observer = new StageObserver(
    { serverStage: (_slot, stage, nanos) => found.push([stage, nanos]) },
    sources,
  )
  const bytes = Buffer.from(`xx${lines}yy`)
  observer.head(0, 200, bytes, 2, bytes.length - 2)
  return found
}

const BOTH: [ServerStage, number][] = [
  [ServerStage.queue, 1_500_000],
  [ServerStage.compute, 3_000_000],
]

describe('StageObserver', () => {
  it.each([
    'server-timing: queue;dur=1.5, compute;dur=3\r\n',
    'Content-Type: a\r\nSERVER-TIMING:queue;dur=1.5,compute;dur=3\r\nX: y\r\n',
    'server-timing: queue;dur=1.5\r\nserver-timing: compute;dur=3.000\r\n',
    'server-timing: cache;desc="a, queue;dur=9", queue ; dur = "1.5" , total;dur=9, compute;desc=x;dur=3\r\n',
    'server-timing: queueing;dur=9, queue;dur=1.5;desc="\\"", compute;dur=3\r\n',
  ])('reads %j', (lines) => {
    expect(stages(lines)).toEqual(BOTH)
  })

  it.each([
    'x-server-timing: queue;dur=1.5\r\n',
    'server-timing: queue, compute;desc=x\r\n',
    'server-timing: queue;dur=, compute;dur=abc\r\n',
    'server-timing: queue;duration=5\r\n',
    'server-timing:\r\n',
    'server-timing: queue;dur=123456789012345678901234567890\r\n',
    '',
  ])('finds nothing in %j', (lines) => {
    expect(stages(lines)).toEqual([])
  })

  it.each([
    ['ns', 12],
    ['us', 12_000],
    ['ms', 12_000_000],
    ['s', 12_000_000_000],
  ] as const)('reads a plain header in %s', (unit, nanos) => {
    expect(stages('X-Compute: 12\r\n', [{ stage: 'compute', header: 'x-compute', unit }])).toEqual([
      [ServerStage.compute, nanos],
    ])
  })

  it('survives any bytes', () => {
    for (let seed = 0; seed < 2_000; seed++) {
      const bytes = Buffer.from(
        Array.from({ length: 40 }, (_, index) =>
          ' ,;="dur.5\n\r'.charCodeAt((seed * 7 + index * index * (seed % 13)) % 12),
        ),
      )
      for (const [, nanos] of stages(`server-timing: queue;dur${bytes.toString('latin1')}`))
        expect(nanos).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('chainObservers', () => {
  it('asks both, and keeps the first failure', () => {
    const calls: string[] = []
    const observer = (name: string, kind: FailureKind) => ({
      head: () => void calls.push(`${name} head`),
      end: () => (calls.push(`${name} end`), kind),
    })
    const bytes = Buffer.alloc(0)
    const chained = chainObservers(observer('a', FailureKind.none), {
      ...observer('b', FailureKind.application),
      body: () => void calls.push('b body'),
    })
    chained?.head?.(0, 200, bytes, 0, 0)
    chained?.body?.(0, bytes, 0, 0)
    expect(chained?.end?.(0)).toBe(FailureKind.application)
    expect(calls).toEqual(['a head', 'b head', 'b body', 'a end', 'b end'])
    expect(
      chainObservers(observer('a', FailureKind.none), observer('b', FailureKind.none))?.body,
    ).toBeUndefined()
    expect(chainObservers(null, null)).toBeNull()
  })
})
