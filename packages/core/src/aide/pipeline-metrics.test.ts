import { expect, it } from 'vitest'
import { pipelineMetrics } from './pipeline-metrics.ts'
import { ChainTable } from '../engine/pipeline/chain-table.ts'
import { StepRecorder, type StepTotals } from '../engine/pipeline/step-recorder.ts'
import { FailureKind, Outcome } from '../engine/outcome.ts'
import { MILLISECOND } from '../units/nanos.ts'
import { metricsFixture } from '../../test/result-fixture.ts'
import { describeSteps } from '../report/describe-steps.ts'
import { encodeHdr } from '../report/hdr.ts'
import { poolPipelines } from '../report/pool-pipeline.ts'
import { failureCode } from '../report/record-block.ts'
import type { Metrics, PipelineMetrics } from '../report/result.ts'

const PATCH = { unit: 0, saltLow: 0, saltHigh: 0, sequence: 1, start: true, end: true }
const NAMES = [
  { name: 'ask', target: 'http' },
  { name: 'rank', target: null },
]

/** Chains of two steps: 1 ms late, so long in the first, 1 ms between, so long in the second; every one after `failures` fails there. */
function totals(chains: readonly (readonly [first: number, second: number | null])[]): StepTotals {
  const table = new ChainTable(2)
  const recorder = new StepRecorder(2)
  for (const [first, second] of chains) {
    table.begin(0, MILLISECOND, PATCH)
    table.opened[0] = MILLISECOND
    table.sent[0] = 1.5 * MILLISECOND
    table.ended[0] = (1 + first) * MILLISECOND
    table.serverCompute[0] = (first / 2) * MILLISECOND
    table.enter(0, 1, table.ended[0] as number)
    table.opened[1] = (2 + first) * MILLISECOND
    table.sent[1] = table.opened[1] as number
    const end = (2 + first + (second ?? 0)) * MILLISECOND
    if (second === null)
      recorder.settled(table, 0, Outcome.failed, failureCode(FailureKind.application, 0), 0, end)
    else {
      table.ended[1] = end
      recorder.settled(table, 0, Outcome.completed, 0, 0, end)
    }
  }
  return recorder.totals()
}

function metricsOf(...workers: readonly StepTotals[]): Metrics {
  return { ...metricsFixture(), ...pipelineMetrics(NAMES, workers, encodeHdr) }
}

it('is the same for several workers as for one', () => {
  const all = metricsOf(
    totals([
      [2, 4],
      [6, 8],
      [3, null],
    ]),
  )
  const apart = metricsOf(
    totals([[2, 4]]),
    totals([]),
    totals([
      [6, 8],
      [3, null],
    ]),
  )
  expect(apart.pipeline).toEqual(all.pipeline)
  expect(all.pipeline).toMatchObject({
    completed: 2,
    before: MILLISECOND,
    response: (8 + 16) * 0.5 * MILLISECOND,
    glueShare: 2 / 24,
    steps: [
      { counts: { due: 3, completed: 3, failed: 0 }, mean: 4 * MILLISECOND, share: 8 / 24, glueMean: 0 },
      {
        counts: { due: 3, sent: 3, completed: 2, failed: 1 },
        failures: { application: 1 },
        mean: 6 * MILLISECOND,
      },
    ],
  })
})

it('pools repeats by their chains', () => {
  const one = metricsOf(totals([[2, 4]]))
  const three = metricsOf(
    totals([
      [6, 8],
      [6, 8],
      [6, 8],
      [1, null],
    ]),
  )
  const { pipeline } = poolPipelines([one, three]) as { pipeline: PipelineMetrics }
  const expected = metricsOf(
    totals([
      [2, 4],
      [6, 8],
      [6, 8],
      [6, 8],
      [1, null],
    ]),
  ).pipeline as PipelineMetrics
  expect(pipeline.completed).toBe(4)
  expect(pipeline.response).toBeCloseTo(expected.response as number, 6)
  expect(pipeline.glueShare).toBeCloseTo(expected.glueShare as number, 12)
  for (const [index, step] of pipeline.steps.entries()) {
    const { counts, failures, mean, share, time } = expected.steps[index] as (typeof expected.steps)[number]
    expect(step).toMatchObject({ counts, failures })
    expect(step.mean).toBeCloseTo(mean as number, 6)
    expect(step.share).toBeCloseTo(share as number, 12)
    expect(step.time.count).toBe(time.count)
    expect(step.time.mean).toBeCloseTo(time.mean as number, 6)
    expect((step.time.p99 as number) / (time.p99 as number)).toBeCloseTo(1, 2)
  }
})

it('pools nothing where steps differ, or one repeat has none', () => {
  const chain = metricsOf(totals([[2, 4]]))
  const other = {
    ...metricsFixture(),
    ...pipelineMetrics(
      [
        { name: 'x', target: null },
        { name: 'y', target: null },
      ],
      [totals([[2, 4]])],
      encodeHdr,
    ),
  }
  expect(poolPipelines([chain, other])).toEqual({})
  expect(poolPipelines([chain, metricsFixture()])).toEqual({})
  expect(poolPipelines([metricsFixture()])).toEqual({})
})

it('says in words where the time went', () => {
  expect(
    describeSteps(
      metricsOf(
        totals([
          [2, 4],
          [6, 8],
          [3, null],
        ]),
      ),
    ),
  ).toEqual([
    'ask (http): 33.3 % of the time, p50 3.00 ms, p99 6.00 ms, in the server 50 %, errors none',
    'rank (function): 50 % of the time, p50 4.00 ms, p99 8.00 ms, errors 1 of 3: 1 application',
    'between the steps: 8.33 % of the time, mean 1.00 ms',
    'before the first: 8.33 % of the time, mean 1.00 ms',
  ])
  expect(describeSteps(metricsFixture())).toEqual([])
  expect(describeSteps(metricsOf(totals([[3, null]])))[1]).toBe(
    'rank (function): errors 1 of 1: 1 application',
  )
})
