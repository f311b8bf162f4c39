import { describe, expect, it } from 'vitest'
import { planFixture } from '../../test/result-fixture.ts'
import type { SampleRequest } from '../aide/sample-outputs.ts'
import type { SampledOutput } from '../aide/sampled-output.ts'
import type { AgreementPlan } from '../dsl/agreement.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { Agreements, requireAgreement } from './agreements.ts'
import type { ConnectedStream } from './session-setup.ts'

const PLAN: AgreementPlan = {
  tolerance: { absolute: 1e-3, relative: 0 },
  outputs: null,
  across: ['server'],
  inputs: 2,
  datatypes: 'equal',
  shapes: 'equal',
}
const plan = (values: TrialPlan['case'], repeat = 0): TrialPlan => ({
  ...planFixture({ case: values, repeat }),
  agreement: PLAN,
})
const STREAMS = [
  {
    name: 'main',
    session: { module: 'm', options: null, engine: 'http1-raw', multiplexed: false },
    input: { from: 'nothing' },
  },
] as unknown as readonly ConnectedStream[]
const scores = (value: number): readonly (readonly SampledOutput[])[] => [
  [{ name: 'scores', datatype: 'FP32', shape: [1], elements: Float64Array.of(value) }],
]

describe('Agreements', () => {
  it('compares the cases of a group with the one that comes first, and asks each once', async () => {
    const agreements = new Agreements()
    const asked: SampleRequest[] = []
    const examine = (one: TrialPlan, value: number) =>
      agreements.examine(one, STREAMS, async (request) => {
        asked.push(request)
        return scores(value)
      })
    expect(await examine(plan({ server: 'onnx', batch: 1 }, 3), 1)).toMatchObject({
      reference: null,
      agrees: true,
    })
    expect(await examine(plan({ server: 'triton', batch: 1 }), 1.0001)).toMatchObject({
      reference: { server: 'onnx', batch: 1 },
      agrees: true,
    })
    expect((await examine(plan({ server: 'tf', batch: 1 }), 2))?.agrees).toBe(false)
    // Another batch is another group.
    expect((await examine(plan({ server: 'tf', batch: 8 }), 5))?.reference).toBeNull()
    expect(asked).toHaveLength(4)
    // The same inputs for all, in whichever repeat they are asked.
    expect(asked.map(({ stream }) => [stream.seed.repeat, stream.limit.count])).toEqual(
      Array.from({ length: 4 }, () => [0, 2]),
    )
    expect((await examine(plan({ server: 'tf', batch: 1 }, 1), 1))?.agrees).toBe(false)
    expect(asked).toHaveLength(4)
  })

  it('does nothing for a scenario that does not ask', async () => {
    const sample = (): never => {
      throw new Error('asked')
    }
    expect(await new Agreements().examine(planFixture(), STREAMS, sample)).toBeNull()
  })

  it('is asked again after a failure', async () => {
    const agreements = new Agreements()
    const one = plan({ server: 'onnx' })
    await expect(agreements.examine(one, STREAMS, () => Promise.reject(new Error('down')))).rejects.toThrow(
      'down',
    )
    expect((await agreements.examine(one, STREAMS, async () => scores(1)))?.agrees).toBe(true)
  })
})

describe('requireAgreement', () => {
  it('names the case, the output and the difference', async () => {
    const agreements = new Agreements()
    await agreements.examine(plan({ server: 'onnx' }), STREAMS, async () => scores(1))
    const report = await agreements.examine(plan({ server: 'tf' }), STREAMS, async () => scores(2))
    if (report === null) throw new Error('no report')
    expect(() => requireAgreement(report)).toThrow(
      "The answers differ from server=onnx: output 'scores'. 1 of 1 elements differ; the first, element 0 of input 1, is 2 instead of 1.",
    )
    expect(() => requireAgreement({ ...report, agrees: true })).not.toThrow()
  })
})
