import { describe, expect, it } from 'vitest'
import { liveTrial } from '../../test/support/live-trial.ts'
import { phaseBar, shareBar } from './phase-bar.ts'

const S = 1e9
const text = (parts: ReturnType<typeof phaseBar>): string => parts.map((part) => part.text).join('')

describe('phaseBar', () => {
  it('shows warmup, measurement and what is to come in proportion', () => {
    expect(text(phaseBar(liveTrial({ elapsed: 5 * S }), 20))).toBe('▒▒▒▒██████──────────')
    expect(phaseBar(liveTrial({ elapsed: 5 * S }), 20).map((part) => part.kind)).toEqual([
      'warmup',
      'measurement',
      'open',
    ])
  })

  it('shows the drain apart', () => {
    expect(text(phaseBar(liveTrial({ phase: 'drain', elapsed: 9.5 * S }), 20))).toBe('▒▒▒▒██████████████▓─')
  })

  it('is all warmup until the measurement is decided', () => {
    const trial = liveTrial({ phase: 'warmup', elapsed: 1 * S, measureFrom: null, measureUntil: null })
    expect(text(phaseBar(trial, 20))).toBe('▒▒──────────────────')
  })

  it('is empty before the load starts and without an expected end', () => {
    const empty = '─'.repeat(20)
    expect(
      text(
        phaseBar(liveTrial({ phase: 'preparing', elapsed: 0, measureFrom: null, measureUntil: null }), 20),
      ),
    ).toBe(empty)
    expect(text(phaseBar(liveTrial({ total: null }), 20))).toBe(empty)
  })

  it('keeps its width whatever the numbers are', () => {
    for (const elapsed of [0, 1, 2 * S, 8.99 * S, 9 * S, 30 * S]) {
      for (const total of [0, 1, 10 * S]) {
        for (const width of [0, 1, 7, 40]) {
          expect(text(phaseBar(liveTrial({ elapsed, total }), width))).toHaveLength(width)
        }
      }
    }
  })
})

describe('shareBar', () => {
  it('shows a share of a whole, and no more than all of it', () => {
    expect(text(shareBar(0.25, 8))).toBe('██──────')
    expect(text(shareBar(0, 4))).toBe('────')
    expect(text(shareBar(1.5, 4))).toBe('████')
  })
})
