import { describe, expect, it } from 'vitest'
import type { AgreementPlan } from '../dsl/agreement.ts'
import {
  compareAnswers,
  describeReference,
  type AnsweredOutput,
  type CaseAnswers,
} from './compare-answers.ts'

const PLAN: AgreementPlan = {
  tolerance: { absolute: 1e-3, relative: 0 },
  outputs: null,
  across: null,
  inputs: 1,
  datatypes: 'equal',
  shapes: 'equal',
}
const output = (values: readonly number[], edit: Partial<AnsweredOutput> = {}): AnsweredOutput => ({
  name: 'scores',
  datatype: 'FP32',
  shape: [1, values.length],
  elements: Float64Array.from(values),
  ...edit,
})
const answers = (
  server: string,
  inputs: readonly (readonly AnsweredOutput[])[],
  plan: Partial<AgreementPlan> = {},
): CaseAnswers => ({ case: { server }, plan: { ...PLAN, ...plan }, answers: inputs })
const REFERENCE = answers('onnx', [[output([0.25, 0.75])], [output([0.5, 0.5])]])

describe('compareAnswers', () => {
  it('has the largest differences over all inputs', () => {
    const report = compareAnswers(
      answers('triton', [[output([0.2501, 0.75])], [output([0.5, 0.4995])]]),
      REFERENCE,
    )
    expect(report).toMatchObject({ reference: { server: 'onnx' }, inputs: 2, agrees: true })
    expect(report.outputs).toHaveLength(1)
    expect(report.outputs[0]).toMatchObject({
      name: 'scores',
      datatype: 'FP32',
      shape: [1, 2],
      elements: 4,
      differing: 0,
      notNumbers: 0,
      problem: null,
    })
    expect(report.outputs[0]?.maxAbsolute).toBeCloseTo(5e-4, 12)
    expect(report.outputs[0]?.maxRelative).toBeCloseTo(1e-3, 12)
  })

  it('says which element is the first that differs', () => {
    const report = compareAnswers(
      answers('triton', [[output([0.25, 0.75])], [output([0.5, 0.625])]]),
      REFERENCE,
    )
    expect(report.agrees).toBe(false)
    expect(report.outputs[0]).toMatchObject({ differing: 1, maxAbsolute: 0.125 })
    expect(report.outputs[0]?.problem).toBe(
      '1 of 4 elements differ; the first, element 1 of input 2, is 0.625 instead of 0.5.',
    )
  })

  it.each([
    ['another shape', { shape: [2] }, {}, 'Its shape is [2] instead of [1, 2].'],
    ['another datatype', { datatype: 'FP16' }, {}, 'It is FP16 instead of FP32.'],
    [
      'fewer elements than its shape',
      { elements: Float64Array.of(1) },
      {},
      'It has 1 elements instead of 2.',
    ],
    ['NaN', { elements: Float64Array.of(NaN, 0.75) }, {}, 'element 0 of input 1, is NaN instead of 0.25'],
  ])('finds %s', (_, edit, plan, problem) => {
    const report = compareAnswers(
      answers('triton', [[output([0.25, 0.75], edit)], [output([0.5, 0.5])]], plan),
      REFERENCE,
    )
    expect(report.agrees).toBe(false)
    expect(report.outputs[0]?.problem).toContain(problem)
  })

  it('lets datatypes differ where that is allowed, or where one is not told', () => {
    const half = (plan: Partial<AgreementPlan>, datatype: string | null): boolean =>
      compareAnswers(
        answers('triton', [[output([0.25, 0.75], { datatype })], [output([0.5, 0.5], { datatype })]], plan),
        REFERENCE,
      ).agrees
    expect(half({ datatypes: 'any' }, 'FP16')).toBe(true)
    expect(half({}, null)).toBe(true)
    expect(half({}, 'FP16')).toBe(false)
  })

  it('lets shapes differ where either side allows it, as long as there are as many elements', () => {
    const flat = { shape: [2] }
    const without = (plan: Partial<AgreementPlan>, elements = [0.25, 0.75]) =>
      compareAnswers(
        answers('torchserve', [[output(elements, flat)], [output([0.5, 0.5], flat)]], plan),
        REFERENCE,
      )
    expect(without({ shapes: 'any' }).agrees).toBe(true)
    expect(without({}).agrees).toBe(false)
    expect(without({ shapes: 'any' }, [0.25]).outputs[0]?.problem).toBe('It has 1 elements instead of 2.')
    const reference = answers('torchserve', [[output([0.25, 0.75], flat)]], { shapes: 'any' })
    expect(compareAnswers(answers('onnx', [[output([0.25, 0.75])]]), reference).agrees).toBe(true)
  })

  it('pairs the only outputs whatever their names, and several by name', () => {
    const other = compareAnswers(
      answers('tf', [[output([0.25, 0.75], { name: 'y' })], [output([0.5, 0.5], { name: 'y' })]]),
      REFERENCE,
    )
    expect(other).toMatchObject({ agrees: true, outputs: [{ name: 'scores' }] })
    const two = answers('onnx', [[output([1]), output([2], { name: 'logits' })]])
    const swapped = answers('tf', [[output([2], { name: 'logits' }), output([1])]])
    expect(compareAnswers(swapped, two).agrees).toBe(true)
    const missing = compareAnswers(answers('tf', [[output([1])]]), two)
    expect(missing.outputs.map(({ problem }) => problem)).toEqual([
      null,
      "There is no output 'logits'; there is 'scores'.",
    ])
    const more = compareAnswers(two, answers('tf', [[output([1])]]))
    expect(more.outputs[1]?.problem).toBe('server=tf has no such output.')
  })

  it('compares what is named, by its common name', () => {
    const reference = answers('onnx', [[output([1]), output([9], { name: 'debug' })]], {
      outputs: { probabilities: 'scores' },
    })
    const other = answers('tf', [[output([1], { name: 'output_0' })]], {
      outputs: { probabilities: 'output_0' },
    })
    expect(compareAnswers(other, reference)).toMatchObject({
      agrees: true,
      outputs: [{ name: 'probabilities', differing: 0 }],
    })
  })

  it('says when fewer inputs were answered', () => {
    const report = compareAnswers(answers('triton', [[output([0.25, 0.75])]]), REFERENCE)
    expect(report.outputs[0]?.problem).toBe('Input 2 has no answer.')
  })
})

describe('describeReference', () => {
  it('has the form of the outputs, and nothing to compare', () => {
    expect(describeReference(REFERENCE)).toMatchObject({
      reference: null,
      agrees: true,
      outputs: [{ name: 'scores', shape: [1, 2], elements: 4, differing: null, problem: null }],
    })
  })

  it('refuses a case that lacks an output that is to be compared', () => {
    const report = describeReference(answers('onnx', [[output([1])]], { outputs: { a: 'logits' } }))
    expect(report).toMatchObject({
      agrees: false,
      outputs: [{ name: 'a', problem: "There is no output 'logits'; there is 'scores'." }],
    })
  })
})
