import { describe, expect, it } from 'vitest'
import { outputsOfJson } from './output-tensor.ts'

describe('outputsOfJson', () => {
  it('reads nested lists as one tensor in row-major order', () => {
    expect(
      outputsOfJson([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    ).toEqual([{ name: '', datatype: null, shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }])
    expect(outputsOfJson(7)).toEqual([{ name: '', datatype: null, shape: [], data: [7] }])
    expect(outputsOfJson([])).toEqual([{ name: '', datatype: null, shape: [0], data: [] }])
    expect(outputsOfJson([true, false])[0]?.data).toEqual([1, 0])
  })

  it('reads the members of an object by their names, and texts as bytes', () => {
    expect(outputsOfJson({ scores: [[0.5]], labels: ['cat'] })).toEqual([
      { name: 'scores', datatype: null, shape: [1, 1], data: [0.5] },
      { name: 'labels', datatype: 'BYTES', shape: [1], data: ['cat'] },
    ])
  })

  it.each([
    ['lists of different lengths', [[1, 2], [3]]],
    ['depths that differ', [[1], 2]],
    ['objects in lists', [{ a: 1 }]],
    ['nothing', null],
    ['text among numbers', [1, 'a']],
  ])('refuses %s', (_, value) => {
    expect(() => outputsOfJson(value)).toThrow('lists of equal length')
  })
})
