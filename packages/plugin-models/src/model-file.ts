import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { canonicalJson, ServebenchError, type JsonObject } from 'servebench/plugin'
import { buildGraph } from './build-graph.ts'
import { writeBlocks, type WrittenFile } from './file-writer.ts'
import type { ElementType, Graph, Tensor } from './graph/graph.ts'
import { measureGraph } from './graph/static-metrics.ts'
import { layOut } from './onnx/external-data.ts'
import { encodeModel } from './onnx/model-message.ts'
import { blocksOf } from './onnx/wire.ts'
import { ARTIFACT, type OnnxModelSpec } from './onnx-model.ts'
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
  [ARTIFACT]: { key: 'onnx/2', name: 'onnx', file: 'model.onnx', isFolder: false },
  [SAVED_MODEL]: { key: 'saved-model/2', name: 'saved-model', file: 'saved_model.pb', isFolder: true },
}

/** Protobuf's limit for one message: what `onnx` and ONNX Runtime read. */
const LARGEST_MESSAGE = 2_147_483_647

export interface WrittenModel {
  readonly files: readonly WrittenFile[]
  /** Of the file, or of the list of files with their digests. */
  readonly digest: string
  /** Of all files. */
  readonly size: number
  readonly metadata: JsonObject
}

/**
 * Writes a model into a folder, front to back in bounded memory. What would not fit one file has its weights in a second
 * one beside it, `model.onnx.data`.
 * @param largest message that is one file
 * @throws {ServebenchError} `SERVEBENCH_MODEL_TOO_LARGE` for a SavedModel that does not fit one file (2 GiB).
 */
export async function writeModelFiles(
  spec: ModelSpec,
  directory: string,
  largest: number = LARGEST_MESSAGE,
): Promise<WrittenModel> {
  const graph = buildGraph(spec.options)
  const metrics = measureGraph(graph)
  const files = await (spec.artifact === SAVED_MODEL ? writeSavedModel : writeOnnx)(
    spec,
    graph,
    directory,
    largest,
  )
  const [first] = files as readonly WrittenFile[] as readonly [WrittenFile]
  return {
    files,
    digest:
      files.length === 1
        ? first.digest
        : createHash('sha256')
            .update(canonicalJson(files.map((file) => ({ ...file }))))
            .digest('hex'),
    size: files.reduce((total, file) => total + file.size, 0),
    metadata: {
      format: FORMATS[spec.artifact].name,
      family: spec.options.shape.family,
      precision: spec.options.precision,
      pruned: spec.options.pruned,
      files: files.map(({ name }) => name),
      inputs: graph.inputs.map(describeTensor),
      outputs: graph.outputs.map(describeTensor),
      static: { ...metrics },
    },
  }
}

async function writeOnnx(
  { options: { shape, seed, precision, pruned } }: ModelSpec,
  graph: Graph,
  directory: string,
  largest: number,
): Promise<WrittenFile[]> {
  const path = join(directory, FORMATS[ARTIFACT].file)
  const properties = {
    ...Object.fromEntries(
      Object.entries(measureGraph(graph)).map(([key, value]) => [`servebench.${key}`, String(value)]),
    ),
    'servebench.shape': canonicalJson({ ...shape }),
    'servebench.seed': String(seed),
    'servebench.precision': precision,
    'servebench.pruned': String(pruned),
    'servebench.sizes': canonicalJson({ ...graph.sizes }),
    'servebench.convention':
      'for a batch of 1 and the sizes above; flops = 2 x macs of Gemm, MatMul, Conv and recurrent layers, elementwiseFlops apart',
  }
  const whole = encodeModel(graph, seed, properties)
  if (whole.byteLength <= largest) return [await writeBlocks(path, blocksOf(whole))]
  const external = layOut(graph.weights, `${FORMATS[ARTIFACT].file}.data`)
  const data = await writeBlocks(join(directory, external.file), external.blocks(seed))
  return [await writeBlocks(path, blocksOf(encodeModel(graph, seed, properties, external))), data]
}

async function writeSavedModel(
  { name, options: { seed } }: ModelSpec,
  graph: Graph,
  directory: string,
  largest: number,
): Promise<WrittenFile[]> {
  const message = encodeSavedModel(graph, seed)
  if (message.byteLength > largest) {
    throw new ServebenchError(
      'SERVEBENCH_MODEL_TOO_LARGE',
      `Model '${name}' has ${message.byteLength} bytes, which do not fit one file (2 GiB).`,
      {
        advice:
          'Choose fewer layers or a smaller width, or an ONNX model: its weights may be in a second file.',
      },
    )
  }
  return [await writeBlocks(join(directory, FORMATS[SAVED_MODEL].file), blocksOf(message))]
}

const DATATYPES: Readonly<Record<ElementType, string>> = {
  float32: 'FP32',
  float16: 'FP16',
  bfloat16: 'BF16',
  int8: 'INT8',
  uint8: 'UINT8',
  int32: 'INT32',
  int64: 'INT64',
  bool: 'BOOL',
}

function describeTensor({ name, type, shape }: Tensor): JsonObject {
  return {
    name,
    datatype: DATATYPES[type],
    shape: shape.map((size) => (typeof size === 'string' ? -1 : size)),
  }
}
