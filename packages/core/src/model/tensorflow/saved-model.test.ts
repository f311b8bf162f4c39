import { describe, expect, it } from 'vitest'
import { modelFixture } from '../../../test/support/model-fixture.ts'
import { measureModel, type MeasuredModel } from '../measure/measure-model.ts'
import { MemorySource } from '../wire/byte-source.ts'
import { readSavedModel } from './read-saved-model.ts'

function measure(name: string, named: Record<string, number> = {}, batch = 1): MeasuredModel {
  const bytes = modelFixture(`${name}.saved_model.pb`)
  const content = readSavedModel(new MemorySource(bytes))
  return measureModel(
    { format: 'saved-model', ...content, bytes: bytes.length, missing: [] },
    { batch, named },
  )
}

describe('SavedModels as Keras exports them', () => {
  it('are counted as Keras counts them, and by the closed forms of their layers', () => {
    const pixels = 32 * 32
    const macs =
      pixels * 9 * 3 * 8 + // convolution
      (pixels / 4) * 9 * 8 + // depthwise, stride 2
      (pixels / 4) * 8 * 16 + // pointwise
      (pixels / 16) * 16 * 16 * 4 + // transposed, from 8 × 8, each element to 4 × 4 × 4
      4 * 10
    expect(measure('cnn').metrics).toMatchObject({
      parameters: 1534,
      statistics: 16,
      macs,
      isLowerBound: false,
      unknownOperators: {},
      inputs: [{ datatype: 'FP32', shape: [1, 32, 32, 3] }],
      outputs: [{ datatype: 'FP32', shape: [1, 10] }],
    })
    expect(measure('cnn', {}, 8).metrics).toMatchObject({ batch: 8, macs: 8 * macs, parameters: 1534 })
  })

  it('with loops are followed round by round', () => {
    const step = (inputs: number, hidden: number): number => 4 * (inputs * hidden + hidden * hidden)
    const { metrics, layers } = measure('lstm')
    expect(metrics).toMatchObject({
      parameters: 2683,
      macs: 20 * (step(12, 16) + step(16, 8)) + 8 * 3,
      isLowerBound: false,
      outputs: [{ shape: [1, 3] }],
    })
    expect(layers.filter(({ times, operator }) => times === 20 && operator === 'MatMul')).toHaveLength(4)
  })

  it('with open sizes take those that are chosen', () => {
    const linear = (from: number, to: number): number => from * to
    const macs = (length: number): number =>
      length * (4 * linear(32, 32) + linear(32, 64) + linear(64, 32)) +
      2 * length * length * 32 +
      linear(32, 5)
    for (const length of [7, 20]) {
      const { metrics } = measure('transformer', { 'ids.1': length })
      expect(metrics).toMatchObject({
        parameters: 11_845,
        macs: macs(length),
        isLowerBound: false,
        notes: [],
      })
      // Of the table, `length` rows are read.
      expect(metrics.weightBytes - metrics.touchedWeightBytes).toBe((100 - length) * 32 * 4)
    }
    const { metrics } = measure('transformer')
    expect(metrics.macs).toBe(macs(1))
    expect(metrics.notes.join()).toContain('--dim ids.1=128')
  })
})
