import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { canonicalJson, ServebenchError, type JsonObject } from 'servebench/plugin'
import { buildCnn } from './families/cnn.ts'
import { buildMlp } from './families/mlp.ts'
import type { Graph, Tensor } from './graph/graph.ts'
import { measureGraph } from './graph/static-metrics.ts'
import { encodeModel } from './onnx/model-message.ts'
import { blocksOf, type Message } from './onnx/wire.ts'
import { ARTIFACT, nameOf, type ModelShape, type OnnxModelSpec } from './onnx-model.ts'
import { SAVED_MODEL, type SavedModelSpec } from './saved-model.ts'
import { encodeSavedModel } from './tensorflow/saved-model-message.ts'

export type ModelSpec = OnnxModelSpec | SavedModelSpec

/** A kind of file. */
export interface ModelFormat {
  /** Part of every key: raise it when equal specifications give other bytes than before. */
  readonly key: string
  readonly name: string
  readonly file: string
  /** Whether the model is the folder of its file. */
  readonly isFolder: boolean
}

export const FORMATS: Readonly<Record<ModelSpec['artifact'], ModelFormat>> = {
  [ARTIFACT]: { key: 'onnx/1', name: 'onnx', file: 'model.onnx', isFolder: false },
  [SAVED_MODEL]: { key: 'saved-model/1', name: 'saved-model', file: 'saved_model.pb', isFolder: true },
}

/** Protobuf's limit for one message: what `onnx` and ONNX Runtime read. */
const LARGEST_FILE = 2_147_483_647
const WRITE_SIZE = 1_048_576

export interface WrittenModel {
  readonly digest: string
  readonly size: number
  readonly metadata: JsonObject
}

/** The graph of a model, without weights' values. */
export function buildGraph(shape: ModelShape): Graph {
  return shape.family === 'mlp' ? buildMlp(nameOf(shape), shape) : buildCnn(nameOf(shape), shape)
}

/**
 * Writes a model as one file, front to back in bounded memory.
 * @throws {ServebenchError} `SERVEBENCH_MODEL_TOO_LARGE` when it does not fit one file (2 GiB).
 */
export async function writeModelFile(spec: ModelSpec, path: string): Promise<WrittenModel> {
  const { shape } = spec.options
  const graph = buildGraph(shape)
  const metrics = measureGraph(graph)
  const message = encode(spec, graph)
  if (message.byteLength > LARGEST_FILE) {
    throw new ServebenchError(
      'SERVEBENCH_MODEL_TOO_LARGE',
      `Model '${spec.name}' has ${metrics.parameters} parameters: ${message.byteLength} bytes do not fit one file (2 GiB).`,
      { advice: 'Choose fewer layers or a smaller width.' },
    )
  }
  const digest = createHash('sha256')
  const file = await open(path, 'wx')
  try {
    const buffer = Buffer.allocUnsafe(WRITE_SIZE)
    let used = 0
    const flush = async (): Promise<void> => {
      digest.update(buffer.subarray(0, used))
      await file.writeFile(buffer.subarray(0, used))
      used = 0
    }
    for (const block of blocksOf(message)) {
      for (let start = 0; start < block.byteLength;) {
        const taken = Math.min(WRITE_SIZE - used, block.byteLength - start)
        buffer.set(block.subarray(start, start + taken), used)
        used += taken
        start += taken
        if (used === WRITE_SIZE) await flush()
      }
    }
    await flush()
  } finally {
    await file.close()
  }
  return {
    digest: digest.digest('hex'),
    size: message.byteLength,
    metadata: {
      format: FORMATS[spec.artifact].name,
      family: shape.family,
      inputs: graph.inputs.map(describeTensor),
      outputs: graph.outputs.map(describeTensor),
      static: { ...metrics },
    },
  }
}

function encode({ artifact, options: { shape, seed } }: ModelSpec, graph: Graph): Message {
  if (artifact === SAVED_MODEL) return encodeSavedModel(graph, seed)
  return encodeModel(graph, seed, {
    ...Object.fromEntries(
      Object.entries(measureGraph(graph)).map(([key, value]) => [`servebench.${key}`, String(value)]),
    ),
    'servebench.shape': canonicalJson({ ...shape }),
    'servebench.seed': String(seed),
    'servebench.convention': 'for one inference; flops = 2 x macs of Gemm and Conv, elementwiseFlops apart',
  })
}

function describeTensor(tensor: Tensor): JsonObject {
  return {
    name: tensor.name,
    datatype: 'FP32',
    shape: tensor.shape.map((size) => (size === 'N' ? -1 : size)),
  }
}
