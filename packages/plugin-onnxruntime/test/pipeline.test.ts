/** Two models of one server in a chain, through the built command: the server's own counts are the witness. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metrics, RunResult } from 'servebench/plugin'
import { afterAll, beforeAll, expect, it } from 'vitest'

const COMMAND = fileURLToPath(new URL('../../core/bin/servebench.js', import.meta.url))
/** A verdict on a busy machine is an accident, and this is not about it. */
const OPEN = { suspect: null, invalid: null }
const CONFIG = {
  warmup: '200ms',
  duration: '1s',
  timeout: '20s',
  gates: {
    dispatchLag: OPEN,
    dispatched: OPEN,
    loadThreadCpu: OPEN,
    littlesLaw: OPEN,
    foreignCpu: OPEN,
    clockDrift: OPEN,
  },
}
const BENCH = `
import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, generate, pipeline, scenario } from 'servebench'

const detector = onnxModel({ family: 'cnn', size: 8, stages: 1, blocks: 1, outputs: 16, head: 'none', name: 'detector' })
const classifier = onnxModel({ family: 'mlp', inputs: 16, width: 32, layers: 1, name: 'classifier' })

scenario('detect and classify', {
  server: onnxServer({ models: [detector, classifier] }),
  target: pipeline([
    { name: 'scale', run: (pixels) => pixels.map((pixel) => pixel / 255) },
    {
      name: 'detect',
      target: oip({ model: 'detector', protocol: 'http' }),
      input: (pixels) => ({ inputs: { input: { shape: [1, 3, 8, 8], data: pixels } } }),
    },
    {
      name: 'classify',
      target: oip({ model: 'classifier', protocol: 'grpc' }),
      input: ({ outputs }) => ({ inputs: { input: { shape: [1, 16], data: outputs[0].data } } }),
      check: ({ outputs }) => outputs[0].shape[1] === 10,
    },
    { name: 'label', run: ({ outputs }) => outputs[0].data.indexOf(Math.max(...outputs[0].data)) },
  ]),
  input: generate(({ random }) => Float32Array.from({ length: 192 }, () => random.next() * 255)),
  check: (label) => Number.isInteger(label) && label >= 0 && label < 10,
  load: closed({ concurrency: 2 }),
})
`

let root: string
let metrics: Metrics
let known: RunResult['trials'][number]['static']
let output: string

beforeAll(async () => {
  // Inside the workspace, where the packages are installed.
  root = mkdtempSync(join(import.meta.dirname, '.run-'))
  writeFileSync(join(root, 'servebench.config.json'), JSON.stringify(CONFIG))
  writeFileSync(join(root, 'chain.bench.ts'), BENCH)
  output = await new Promise((resolve) => {
    const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1' }
    execFile(process.execPath, [COMMAND], { cwd: root, env }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    )
  })
  const result = JSON.parse(
    readFileSync(join(root, 'servebench-results/latest/result.json'), 'utf8'),
  ) as RunResult
  expect(result.trials.map(({ state, error }) => [state, error])).toEqual([['completed', null]])
  metrics = result.trials[0] as Metrics
  known = result.trials[0]?.static ?? null
}, 60_000)

afterAll(() => rmSync(root, { recursive: true, force: true }))

it('takes every request through both models, and each answer is right', () => {
  const { counts, pipeline } = metrics
  expect(counts.completed).toBeGreaterThan(0)
  expect(counts).toMatchObject({ completed: counts.due, incorrect: 0, checked: counts.completed })
  expect(pipeline?.steps.map(({ name, target, counts: of }) => [name, target, of.completed])).toEqual([
    ['scale', null, counts.due],
    ['detect', 'oip', counts.due],
    ['classify', 'oip', counts.due],
    ['label', null, counts.due],
  ])
})

it('says of each model how long the server worked, and of the chain the sum', () => {
  const [, detect, classify] = metrics.pipeline?.steps ?? []
  const sum = (detect?.serverCompute.mean ?? 0) + (classify?.serverCompute.mean ?? 0)
  expect(detect?.serverCompute.count).toBe(metrics.counts.due)
  expect(detect?.serverCompute.mean).toBeLessThan(detect?.time.mean ?? 0)
  // The records hold single floats.
  expect((metrics.serverCompute.mean as number) / sum).toBeCloseTo(1, 4)
  expect(output).toMatch(/detect \(oip\): .*in the server/s)
})

it('knows both models from their files', () => {
  expect(known).toMatchObject({
    'main/detect': { model: 'detector', source: 'file', format: 'onnx', isLowerBound: false },
    'main/classify': {
      model: 'classifier',
      parameters: 16 * 32 + 32 + 32 * 10 + 10,
      macs: 16 * 32 + 32 * 10,
    },
  })
})
