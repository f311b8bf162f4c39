import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import { findExternalFiles } from './external-files.ts'
import type { Graph, Model } from './graph.ts'
import { readOnnx } from './onnx/read-onnx.ts'
import { readGraphDef, readSavedModel } from './tensorflow/read-saved-model.ts'
import { malformed } from './unreadable.ts'
import { FileSource, type ByteSource } from './wire/byte-source.ts'
import { MessageReader } from './wire/message-reader.ts'

/**
 * Reads a model without its weights: an ONNX file of any size (also with weights in other files), the folder of a
 * TensorFlow SavedModel or of its versions, or a frozen graph. Nothing of it is executed.
 * @throws {ServebenchError} `SERVEBENCH_MODEL_UNREADABLE`
 */
export function readModel(path: string): Model {
  const file = locate(path)
  try {
    using source = new FileSource(file)
    const format = formatOf(source)
    const read = { onnx: readOnnx, 'saved-model': readSavedModel, 'graph-def': readGraphDef }[format]
    const content = read(source)
    const beside =
      format === 'onnx' ? filesBeside(content.graph, dirname(file)) : variableFiles(dirname(file), format)
    return { format, ...content, missing: beside.missing, bytes: source.size + beside.bytes }
  } catch (error) {
    if (error instanceof ServebenchError)
      throw new ServebenchError(
        error.code,
        `${path}: ${error.message}`,
        error.advice === undefined ? {} : { advice: error.advice },
      )
    throw new ServebenchError(
      'SERVEBENCH_MODEL_UNREADABLE',
      `${path} cannot be read: ${(error as Error).message}`,
      {
        cause: error,
      },
    )
  }
}

/** Folders stand for their model; one with versions for its newest. */
function locate(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return path
  if (found?.isDirectory() !== true)
    throw new ServebenchError('SERVEBENCH_MODEL_UNREADABLE', `There is no file or folder '${path}'.`, {
      advice: 'Give an ONNX file, or the folder of a TensorFlow SavedModel.',
    })
  const isFile = (name: string): boolean =>
    statSync(join(path, name), { throwIfNoEntry: false })?.isFile() === true
  for (const name of ['saved_model.pb', 'model.onnx']) if (isFile(name)) return join(path, name)
  const versions = readdirSync(path)
    .filter((name) => /^\d+$/.test(name))
    .sort((a, b) => Number(b) - Number(a))
  const files = versions
    .flatMap((name) => [join(name, 'saved_model.pb'), join(name, 'model.onnx')])
    .filter(isFile)
  if (files[0] !== undefined) return join(path, files[0])
  throw new ServebenchError('SERVEBENCH_MODEL_UNREADABLE', `The folder '${path}' holds no model.`, {
    advice: 'Give an ONNX file, or a folder with a saved_model.pb or a model.onnx, or with versions of them.',
  })
}

/** By the first field: a version is a number, and only graphs begin with a node. */
function formatOf(source: ByteSource): Model['format'] {
  const reader = new MessageReader(source)
  if (!reader.next()) throw malformed('it is empty')
  if (reader.field === 1 && reader.isDelimited) return 'graph-def'
  // Fields may come in any order: what tells is the graph, number 7 in ONNX and number 2 in a SavedModel.
  const seen = new Set([reader.field])
  let isText = false
  do {
    seen.add(reader.field)
    if (reader.field === 2 && reader.isDelimited) isText ||= looksLikeText(reader)
  } while (reader.next() && !seen.has(7))
  if (seen.has(7)) return 'onnx'
  if (seen.has(2) && !isText) return 'saved-model'
  throw malformed('it is neither an ONNX model nor a TensorFlow one')
}

/** A producer's name, where a SavedModel has its graph. */
function looksLikeText(reader: MessageReader): boolean {
  return reader.length < 64 && /^[\x20-\x7e]*$/.test(reader.text())
}

interface Beside {
  readonly bytes: number
  readonly missing: readonly string[]
}

function filesBeside(graph: Graph, folder: string): Beside {
  const { files, missing } = findExternalFiles(graph, folder)
  return { bytes: files.reduce((sum, { size }) => sum + size, 0), missing }
}

function variableFiles(folder: string, format: Model['format']): Beside {
  const variables = join(folder, 'variables')
  if (format !== 'saved-model' || statSync(variables, { throwIfNoEntry: false })?.isDirectory() !== true)
    return { bytes: 0, missing: [] }
  const bytes = readdirSync(variables).reduce(
    (sum, name) => sum + (statSync(join(variables, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
  return { bytes, missing: [] }
}
