/** The quality of a model's precisions from labelled samples, through the built command, against ONNX Runtime itself. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onnxModel } from '@servebench/plugin-models'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { RunResult } from 'servebench/plugin'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { provideModel } from '../../plugin-models/src/artifact-cache.ts'

const COMMAND = fileURLToPath(new URL('../../core/bin/servebench.js', import.meta.url))
const MODEL = { family: 'mlp', inputs: 16, width: 32, layers: 2, outputs: 8, seed: 3 } as const
const PRECISIONS = ['fp32', 'fp16', 'int8'] as const
const SAMPLES = 300
const BENCH = `
import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, labelled, study } from 'servebench'
import { jsonl } from 'servebench/inputs'

study('precisions', {
  space: { precision: ['fp32', 'fp16', 'int8'], instances: [1, 2] },
  server: ({ precision, instances }) =>
    onnxServer({
      models: [{ model: onnxModel({ ...${JSON.stringify(MODEL)}, precision }), name: 'mlp' }],
      instances,
      intraOpThreads: 1,
    }),
  target: oip({ model: 'mlp' }),
  load: closed({ concurrency: 1, requests: 20 }),
  warmup: '0s',
  quality: labelled({
    input: jsonl('test.jsonl', { tensors: { input: 'input' }, label: 'class' }),
    across: 'instances',
  }),
  objective: 'quality',
  constraints: { quality: { min: 0.5 }, errorRate: 1 },
  confirm: { rounds: 2, leaders: 2 },
  gates: { foreignCpu: { suspect: null, invalid: null }, dispatchLag: { suspect: null, invalid: null }, dispatched: { suspect: null, invalid: null }, accounting: { invalid: null }, loadThreadCpu: { suspect: null, invalid: null }, clockDrift: { suspect: null, invalid: null } },
  ablation: false,
})
`

let root: string
/** Share of the samples whose class is that of the model in full precision. */
const expected: Record<string, number> = {}

beforeAll(async () => {
  root = mkdtempSync(join(import.meta.dirname, 'quality-'))
  const rows = Array.from({ length: SAMPLES }, (_, row) =>
    Array.from({ length: MODEL.inputs }, (_, column) => Math.fround(Math.sin(1 + row * 7.3 + column * 2.1))),
  )
  const classes: Record<string, readonly number[]> = {}
  for (const precision of PRECISIONS) {
    const { path } = await provideModel(onnxModel({ ...MODEL, precision }), join(root, 'models'))
    const session = await InferenceSession.create(path)
    classes[precision] = await classify(session, rows)
    await session.release()
    const right = classes[precision].filter((one, row) => one === classes['fp32']?.[row]).length
    expected[precision] = right / SAMPLES
  }
  const lines = rows.map((input, row) => JSON.stringify({ input, class: String(classes['fp32']?.[row]) }))
  writeFileSync(join(root, 'test.jsonl'), lines.join('\n'))
  writeFileSync(join(root, 'a.bench.ts'), BENCH)
}, 60_000)
afterAll(() => rmSync(root, { recursive: true, force: true }))

async function classify(session: InferenceSession, rows: readonly (readonly number[])[]): Promise<number[]> {
  const classes: number[] = []
  for (const row of rows) {
    const feeds = { input: new Tensor('float32', Float32Array.from(row), [1, row.length]) }
    const { data } = (await session.run(feeds))['output'] as Tensor
    const scores = Array.from(data as Float32Array)
    classes.push(scores.indexOf(Math.max(...scores)))
  }
  return classes
}

async function tune(): Promise<RunResult> {
  await new Promise<void>((resolve, reject) => {
    execFile(process.execPath, [COMMAND, 'tune', '--root', root], { cwd: root }, (error, stdout, stderr) =>
      // On a busy machine a measurement may be invalid (3), which is not what this is about.
      error === null || error.code === 3 ? resolve() : reject(new Error(`${stdout}\n${stderr}`)),
    )
  })
  return JSON.parse(readFileSync(join(root, 'servebench-results/latest/result.json'), 'utf8')) as RunResult
}

it('scores every precision once, as ONNX Runtime does, and knows it the next time', async () => {
  expect(expected['fp32']).toBe(1)
  expect(expected['int8']).toBeLessThan(1)
  const result = await tune()
  const [study] = result.studies ?? []
  for (const { configuration, metrics, intervals, quality } of study?.measurements ?? []) {
    const share = expected[String(configuration['precision'])] as number
    expect(metrics['quality']).toBeCloseTo(share, 6)
    expect(quality).toMatchObject({ metric: 'accuracy', samples: SAMPLES })
    const [low, high] = intervals['quality'] as [number, number]
    expect(low).toBeLessThan(share)
    expect(high).toBeGreaterThanOrEqual(share)
  }
  expect(result.trials.filter(({ quality }) => quality !== undefined)).toHaveLength(PRECISIONS.length)
  // Alone a difference that the samples show can make a winner; rounds repeat the same answers.
  const first = study?.points.find(({ id }) => id === study.best[0])
  expect(first?.configuration['precision']).not.toBe('int8')
  expect(study?.outcome).toBe('tie')

  const again = await tune()
  expect(again.trials.filter(({ quality }) => quality !== undefined)).toEqual([])
  expect(again.studies?.[0]?.points.map(({ configuration }) => configuration)).toHaveLength(6)
}, 120_000)
