import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InferenceSession } from 'onnxruntime-node'
import { provideModel } from '../src/artifact-cache.ts'
import { buildGraph } from '../src/build-graph.ts'
import type { Graph } from '../src/graph/graph.ts'
import { onnxModel, type OnnxModelOptions } from '../src/onnx-model.ts'
import type { Values } from './evaluate.ts'
import { toTensors, valuesOf } from './feeds.ts'

/** A folder of models, gone at the end. */
export class Models implements Disposable {
  readonly path: string = mkdtempSync(join(tmpdir(), 'models-'))

  async open(
    options: OnnxModelOptions,
  ): Promise<{ readonly graph: Graph; readonly session: InferenceSession }> {
    const spec = onnxModel(options)
    const { path } = await provideModel(spec, this.path)
    return { graph: buildGraph(spec.options), session: await openFile(path) }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true })
  }
}

export function openFile(path: string): Promise<InferenceSession> {
  return InferenceSession.create(path, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 })
}

export async function run(
  { graph, session }: { readonly graph: Graph; readonly session: InferenceSession },
  feeds: Readonly<Record<string, Values>>,
): Promise<Record<string, Values>> {
  const answers = await session.run(toTensors(feeds, graph))
  return Object.fromEntries(Object.entries(answers).map(([name, tensor]) => [name, valuesOf(tensor)]))
}
