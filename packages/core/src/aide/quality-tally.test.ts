import { describe, expect, it } from 'vitest'
import type { Label } from '../dsl/labelled.ts'
import type { QualityPlan } from '../plan/study/quality-plan.ts'
import { QualityTally } from './quality-tally.ts'
import type { SampledOutput } from './sampled-output.ts'

const PLAN: QualityPlan = {
  metric: 'accuracy',
  input: null,
  labels: null,
  classes: null,
  output: null,
  samples: 100,
  across: null,
}

function output(shape: readonly number[], ...values: number[]): SampledOutput {
  return { name: 'scores', datatype: 'FP32', shape, elements: Float64Array.from(values) }
}

function tally(plan: Partial<QualityPlan>, labels: readonly Label[] | null = null): QualityTally {
  return new QualityTally({ ...PLAN, ...plan }, labels)
}

describe('a tally of answers', () => {
  it('splits a batch into its items, and takes labels in their order', () => {
    const own = tally({}, [1, 0, 1, 1])
    own.add(output([2, 2], 0.1, 0.9, 0.8, 0.2), 2, null)
    expect(own.isOutOfLabels).toBe(false)
    own.add(output([2, 2], 0.7, 0.3, 0.2, 0.8), 2, null)
    expect(own.isOutOfLabels).toBe(true)
    expect(own.result()).toMatchObject({ value: 0.75, samples: 4 })
    // Wilson's, of 3 of 4.
    expect(own.result().interval?.[0]).toBeCloseTo(0.3006, 4)
    expect(own.result().interval?.[1]).toBeCloseTo(0.9544, 4)
  })

  it('leaves what a fuller last batch has beyond the labels', () => {
    const own = tally({}, [0])
    own.add(output([2, 2], 1, 0, 1, 0), 2, null)
    expect(own.result().samples).toBe(1)
  })

  it('takes the labels of samples, by number or by the names of classes', () => {
    const named = tally({ classes: ['cat', 'dog'] })
    named.add(output([1, 2], 0.1, 0.9), 1, 'dog')
    named.add(output([1, 2], 0.1, 0.9), 1, 'cat')
    expect(named.result().value).toBe(0.5)
    const numbered = tally({ metric: 'top5' })
    numbered.add(output([1, 6], 6, 5, 4, 3, 2, 1), 1, '4')
    numbered.add(output([1, 6], 6, 5, 4, 3, 2, 1), 1, '5')
    expect(numbered.result().value).toBe(0.5)
  })

  it('has an F1 with an interval, and is not certain of one without a mistake', () => {
    const own = tally({ metric: 'f1' }, [0, 1, 1, 0])
    for (const value of [0, 1, 0, 0]) own.add(output([1], value), 1, null)
    // Class 0: 2 of 3 named, 2 of 2 true: 0.8; class 1: 1 of 1, 1 of 2: 0.667.
    expect(own.result().value).toBeCloseTo((0.8 + 2 / 3) / 2, 12)
    const right = tally({ metric: 'f1' }, [0, 1])
    for (const value of [0, 1]) right.add(output([1], value), 1, null)
    expect(right.result().value).toBe(1)
    expect(right.result().interval?.[0]).toBeLessThan(0.5)
  })

  it('has a mean squared error over lists of numbers', () => {
    const own = tally({ metric: 'mse' }, [
      [1, 2],
      [0, 0],
    ])
    own.add(output([2, 2], 1, 4, 0, 0), 2, null)
    expect(own.result().value).toBe(1)
    const single = tally({ metric: 'mse' })
    single.add(output([1, 1], 3), 1, '2.5')
    expect(single.result()).toEqual({ value: 0.25, interval: null, samples: 1 })
  })

  it('takes scores of the study’s own', () => {
    const own = tally({}, ['a', 'b', 'c'])
    for (const [expected, score] of [
      ['a', 0.5],
      ['b', true],
      ['c', 0],
    ] as const) {
      expect(own.take(1, null)).toBe(expected)
      own.addScore(score)
    }
    expect(own.result()).toMatchObject({ value: 0.5, samples: 3 })
    expect(() => own.addScore('good')).toThrow('returned good, which is no number')
    expect(() => own.addScore(Number.NaN)).toThrow('NaN')
  })

  it('refuses what does not fit together', () => {
    const add =
      (plan: Partial<QualityPlan>, items: number, label: string | null, labels?: readonly Label[]) => () =>
        tally(plan, labels ?? null).add(output([3], 1, 2, 3), items, label)
    expect(add({}, 2, '1')).toThrow('shape [3] cannot be split into 2 items')
    expect(add({}, 1, null)).toThrow('it has no label')
    expect(add({}, 3, '1')).toThrow('one label cannot stand for 3 items')
    expect(add({}, 1, 'cat')).toThrow('"cat" is no number of a class: give the names in `classes`')
    expect(add({ classes: ['dog'] }, 1, 'cat')).toThrow('"cat" is none of the classes')
    expect(add({ metric: 'mse' }, 1, null, [[1, 2]])).toThrow(
      '3 values cannot be compared with the label [1,2]',
    )
    expect(add({}, 1, null, [[1, 2]])).toThrow('none of the classes')
  })
})
