import { describe, expect, it } from 'vitest'
import { createRandom } from '../stats/seed.ts'
import { orderByUnit } from './order.ts'

const order = (rows: readonly (readonly [unit: number, step: number])[]): number[] => [
  ...orderByUnit(
    Float64Array.from(rows, ([unit]) => unit),
    Float64Array.from(rows, ([, step]) => step),
  ),
]

describe('orderByUnit', () => {
  it.each([
    ['nothing', [], []],
    ['one row', [[7, 0]], [0]],
    [
      'rows in order',
      [
        [0, 0],
        [1, 0],
        [5, 0],
      ],
      [0, 1, 2],
    ],
    [
      'rows in disorder',
      [
        [2, 0],
        [0, 0],
        [1, 0],
      ],
      [1, 2, 0],
    ],
    [
      'steps of units',
      [
        [1, 1],
        [0, 1],
        [1, 0],
        [0, 0],
      ],
      [3, 1, 2, 0],
    ],
    [
      'units of several stages, far apart',
      [
        [2e12 + 1, 0],
        [1e12, 0],
        [0, 0],
        [2e12, 0],
      ],
      [2, 1, 3, 0],
    ],
    [
      'gaps',
      [
        [900, 0],
        [10, 0],
        [500, 0],
      ],
      [1, 2, 0],
    ],
  ] as [string, [number, number][], number[]][])('orders %s', (_, rows, expected) => {
    expect(order(rows)).toEqual(expected)
  })

  it('loses no row, also when two claim the same place', () => {
    expect(
      order([
        [1, 0],
        [0, 0],
        [1, 0],
        [0, 0],
      ]).sort((a, b) => a - b),
    ).toEqual([0, 1, 2, 3])
  })

  it.each([1, 2, 3, 4])('agrees with a sort (seed %d)', (seed) => {
    const random = createRandom({ seed: String(seed), path: [], repeat: 0, stream: 'main', purpose: 'order' })
    const rows = Array.from(
      { length: 3000 },
      (_, index) => [seed % 2 === 0 ? index : index * 1e6, random.int(seed)] as [number, number],
    )
    for (let index = rows.length - 1; index > 0; index--) {
      const other = random.int(index + 1)
      ;[rows[index], rows[other]] = [rows[other] as [number, number], rows[index] as [number, number]]
    }
    const sorted = rows.map((_, index) => index).sort((a, b) => (rows[a]?.[0] ?? 0) - (rows[b]?.[0] ?? 0))
    expect(order(rows)).toEqual(sorted)
  })
})
