/** Whole runs against the project's own server: what it tells of single requests is what it counts. */
import { join } from 'node:path'
import { readRecords } from 'servebench/plugin'
import { expect, it } from 'vitest'
import { expectLaws, expectLittlesLaw, trialOf } from './support/laws.ts'
import { Project } from './support/project.ts'

it.each(['http', 'grpc'])('the laws hold over %s', async (protocol) => {
  using project = new Project(`
import { closed, describe, scenario } from 'servebench'
import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'

describe('onnx', { records: 'all' }, () => {
  scenario('queue', {
    server: onnxServer({ models: [onnxModel({ family: 'mlp', width: 1024, layers: 4, name: 'mlp' })] }),
    target: () => oip({ model: 'mlp', protocol: '${protocol}' }),
    load: closed({ concurrency: 4 }),
  })
})
`)
  const { code, output } = await project.run()
  expect(code, output).toBe(0)
  const trial = trialOf(project.result(), 'queue')
  expect(trial.counts).toMatchObject({ failed: 0, timedOut: 0, incorrect: 0 })
  await expectLaws(trial, project, { stages: [] })
  // Four users of one instance: what is not computed waits.
  const stages = trial.server?.stages ?? {}
  const [queue, input, infer, out, total] = [
    'queue',
    'computeInput',
    'computeInfer',
    'computeOutput',
    'total',
  ].map((stage) => stages[stage] ?? NaN) as [number, number, number, number, number]
  expect(queue).toBeGreaterThan(infer)
  // The rest is between threads: from the one that has the connection to the one that computes, and back.
  expect(queue + input + infer + out).toBeLessThan(total)

  const records = await readRecords(join(project.results, trial.records?.path as string))
  const phases = records.names('phase')
  const [queued, computed] = [records.numbers('server_queue'), records.numbers('server_compute')]
  const rows = phases.flatMap((phase, row) => (phase === 'measurement' ? [row] : []))
  const mean =
    rows.reduce((sum, row) => sum + (queued[row] as number) + (computed[row] as number), 0) / rows.length
  const client = trial.serviceTime.mean as number
  const { share } = await expectLittlesLaw(trial, project)
  expect(Math.abs(mean - (queue + input + infer + out)) / client).toBeLessThan(0.01 + share)
})
