import { describe, expect, it } from 'vitest'
import { controlFile, drawControl } from './control-picture.ts'
import { describeControl } from './describe-control.ts'
import type { ControlReport, Trial } from './result.ts'

const REPORT: ControlReport = {
  stream: 'main',
  gauge: 'host.cpu.utilization',
  unit: '1',
  target: 0.8,
  tolerance: 0.02,
  method: 'controller',
  vary: 'concurrency',
  most: 64,
  period: 2e9,
  outcome: 'held',
  obstacle: null,
  plateau: null,
  problem: null,
  phases: {
    warmup: { from: 0, until: 2e9 },
    identify: { from: 2e9, until: 6e9 },
    approach: { from: 6e9, until: 10e9 },
  },
  settled: true,
  mean: 0.798,
  interval: [0.791, 0.804],
  coverage: 1,
  oscillation: { deviation: 0.021, p5: 0.76, p95: 0.83, cycle: 8e9 },
  overshoot: 0.05,
  load: { mean: 6.25, min: 6, max: 7 },
  moves: 5,
  backOffs: 0,
  course: [
    { at: 4e9, reading: 0.4, load: 1, phase: 'identify' },
    { at: 8e9, reading: 0.85, load: 8, phase: 'approach' },
    { at: 12e9, reading: 0.8, load: 6, phase: 'hold' },
    { at: 16e9, reading: 0.79, load: 6.5, phase: 'hold' },
  ],
}
const trial = (control: ControlReport, id = '0123456789ab'): Trial => ({ id, control }) as unknown as Trial

describe('what a controlled load is told as', () => {
  it('has what was held, how it swung, what it took, and a line of all periods', () => {
    expect(describeControl([trial(REPORT)])).toEqual([
      'host.cpu.utilization held: 79.8 % (79.1 % to 80.4 %), target 80 % ± 2 %, at 6.25 users',
      'readings 76 % to 83 %, deviation 2.1 %, in cycles of 8.00 s',
      'before: 4.00 s to find the load, 4.00 s to settle, overshoot 5 %, 5 moves',
      '▄█│██',
    ])
  })

  it('does not speak of settling where the target cannot be reached, nor of what is not known', () => {
    const [first, , third] = describeControl([
      trial({
        ...REPORT,
        outcome: 'unreachable',
        obstacle: 'plateau',
        plateau: 0.62,
        mean: 0.62,
        interval: null,
      }),
    ])
    expect(first).toContain('host.cpu.utilization unreachable: 62 %, target')
    expect(third).not.toContain('settle')
  })

  it('keeps a long course on one line, and control characters of a gauge out of the terminal', () => {
    const course = Array.from({ length: 2000 }, (_, index) => ({
      at: index * 1e7,
      reading: 0.8,
      load: 5,
      phase: 'hold' as const,
    }))
    const lines = describeControl([trial({ ...REPORT, gauge: 'a\u001b[31mb', course })])
    expect(lines.at(-1)?.length).toBeLessThanOrEqual(61)
    expect(lines.join()).not.toContain('\u001b')
  })
})

describe('the picture of a controlled load', () => {
  it('has the gauge, the band around its target, the load as steps, and nothing of the gauge’s name as markup', () => {
    const picture = drawControl({ ...REPORT, gauge: '<b>"&' })
    expect(picture).toContain('&lt;b&gt;&quot;&amp; and users')
    expect(picture).not.toContain('<b>')
    expect(picture).not.toMatch(/NaN|Infinity|undefined/)
    // Four periods: a point each, and a step each.
    expect(picture.match(/class="r" d="([^"]*)"/)?.[1]?.match(/[ML]/g)).toHaveLength(4)
    expect(picture.match(/class="l" d="([^"]*)"/)?.[1]?.match(/[ML]/g)).toHaveLength(8)
  })

  it('can be drawn of a load that was lost at once', () => {
    expect(drawControl({ ...REPORT, course: [], mean: null, interval: null })).not.toMatch(
      /NaN|Infinity|undefined/,
    )
  })

  it('is a file of its own for each trial, whose name a foreign result cannot choose', () => {
    expect(controlFile(trial(REPORT))).toBe('control-0123456789ab.svg')
    expect(controlFile(trial(REPORT, '../../x'))).toBeNull()
    expect(controlFile({ id: '0123456789ab' } as Trial)).toBeNull()
  })
})
