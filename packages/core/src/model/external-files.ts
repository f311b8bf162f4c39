import { statSync } from 'node:fs'
import { dirname, isAbsolute, join, normalize, sep } from 'node:path'
import type { Constant, Graph } from './graph.ts'
import { readOnnx } from './onnx/read-onnx.ts'
import { FileSource } from './wire/byte-source.ts'

/** A file that holds weights of an ONNX model. */
export interface ExternalFile {
  /** Relative to the folder of the model. */
  readonly name: string
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
}

export interface ExternalFiles {
  readonly files: readonly ExternalFile[]
  /** Names of files that are not there, or lead out of the model's folder: those are not followed. */
  readonly missing: readonly string[]
}

/**
 * The files beside an ONNX file that hold weights of it.
 * @throws {Error} when it is none
 */
export function readExternalFiles(path: string): ExternalFiles {
  using source = new FileSource(path)
  return findExternalFiles(readOnnx(source).graph, dirname(path))
}

export function findExternalFiles(graph: Graph, folder: string): ExternalFiles {
  const names = new Set<string>()
  const visit = (constants: readonly Constant[]): void => {
    for (const { external } of constants) if (external !== null) names.add(external)
  }
  visit(graph.constants)
  for (const { attributes } of graph.nodes)
    for (const attribute of attributes.values()) if (attribute.kind === 'constant') visit([attribute.value])
  const files: ExternalFile[] = []
  const missing: string[] = []
  for (const name of names) {
    const inside = normalize(name)
    const isInside = name !== '' && !isAbsolute(inside) && inside.split(sep)[0] !== '..'
    const path = join(folder, inside)
    const found = isInside ? statSync(path, { throwIfNoEntry: false }) : undefined
    if (found?.isFile()) files.push({ name: inside, path, size: found.size, mtimeMs: found.mtimeMs })
    else missing.push(name === '' ? '(without a name)' : name)
  }
  return { files, missing }
}
