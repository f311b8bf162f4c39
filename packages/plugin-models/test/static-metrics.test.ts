/** What is known of a graph while it is laid out, against what is read from the file that was written of it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measureModel, readModel } from 'servebench/node'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { provideModel } from '../src/artifact-cache.ts'
import { buildGraph } from '../src/build-graph.ts'
import { countElements } from '../src/graph/graph.ts'
import { measureGraph } from '../src/graph/static-metrics.ts'
import { onnxModel } from '../src/onnx-model.ts'
import { CASES } from './cases.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'servebench-models-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

it.each(Object.entries(CASES))('%s', async (name, options) => {
  const spec = onnxModel(options)
  const { path } = await provideModel(spec, directory)
  const graph = buildGraph(spec.options)
  const { parameters, statistics, macs, flops } = measureGraph(graph)
  const constants = graph.weights.filter(({ role }) => role === 'constant')
  const { metrics } = measureModel(readModel(path), { batch: 1, named: graph.sizes })
  expect(metrics).toMatchObject({ statistics, macs, flops, unknownOperators: {} })
  if (/^(llama|yolo)/.test(name)) {
    // Rotations and grids are factors of products: a file does not tell them from what was learned.
    const fixed = constants.reduce((total, { shape }) => total + countElements(shape), 0)
    expect(metrics.parameters).toBeGreaterThan(parameters)
    expect(metrics.parameters).toBeLessThanOrEqual(parameters + fixed)
  } else {
    expect(metrics.parameters).toBe(parameters)
  }
})
