import { describe, expect, it } from 'vitest'
import { resultFixture, trialFixture } from '../../../test/result-fixture.ts'
import type { AgreementReport, OutputAgreement, Trial } from '../result.ts'
import { analyseAgreement } from './agreement.ts'

const OUTPUT: OutputAgreement = {
  name: 'scores',
  datatype: 'FP32',
  shape: [1, 10],
  elements: 40,
  differing: 0,
  maxAbsolute: 2e-7,
  maxRelative: 1e-6,
  notNumbers: 0,
  problem: null,
}
const REPORT: AgreementReport = {
  reference: { server: 'onnx' },
  inputs: 4,
  tolerance: { absolute: 1e-5, relative: 1e-5 },
  agrees: true,
  outputs: [OUTPUT],
}
const trial = (server: string, agreement: Partial<AgreementReport>, repeat = 0): Trial => ({
  ...trialFixture({ case: { server }, repeat }),
  agreement: { ...REPORT, ...agreement },
})
const REFERENCE = {
  reference: null,
  outputs: [{ ...OUTPUT, differing: null, maxAbsolute: null, maxRelative: null }],
}

describe('agreement of the answers', () => {
  it('has a row for each output of a case, however often it is repeated', () => {
    const [table] = analyseAgreement(
      resultFixture([trial('onnx', REFERENCE), trial('triton', {}), trial('triton', {}, 1)]),
    )
    expect(table?.title).toBe('mlp > closed loop: agreement of the answers with those of server=onnx')
    expect(table?.rows).toEqual([
      ['server=onnx', 'scores', 'FP32 [1, 10]', null, null, null, 'reference'],
      ['server=triton', 'scores', 'FP32 [1, 10]', 0, 2e-7, 1e-6, 'yes'],
    ])
    expect(table?.notes).toEqual(['4 inputs each; within 1.0e-5 + 1.0e-5 × |reference|.'])
  })

  it('says why outputs differ, and that they are NaN', () => {
    const problem = 'Its shape is [10] instead of [1, 10].'
    const [table] = analyseAgreement(
      resultFixture([
        trial('onnx', REFERENCE),
        trial('tf', { agrees: false, outputs: [{ ...OUTPUT, differing: null, problem }] }),
        trial('triton', { outputs: [{ ...OUTPUT, notNumbers: 3 }] }),
      ]),
    )
    expect(table?.rows.map((row) => row.at(-1))).toEqual(['reference', 'no', 'yes'])
    expect(table?.notes.slice(1)).toEqual([
      `server=tf, output 'scores': ${problem}`,
      "server=triton, output 'scores': 3 elements are NaN on both sides.",
    ])
  })

  it('names the reference in each row where there are several', () => {
    const [table] = analyseAgreement(
      resultFixture([trial('a', {}), trial('b', { reference: { server: 'other' } })]),
    )
    expect(table?.title).toBe('mlp > closed loop: agreement of the answers')
    expect(table?.rows.map((row) => row[1])).toEqual(['server=onnx', 'server=other'])
  })

  it('has no table where nothing was compared', () => {
    expect(analyseAgreement(resultFixture([trialFixture()]))).toEqual([])
  })
})
