import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnxModel, plugin } from '@servebench/plugin-models'
import type { OnnxModelOptions } from '@servebench/plugin-models'
import type { ArtifactSpec, BuiltArtifact } from 'servebench/plugin'
import { applyPlugins } from 'servebench/testing'
import { onnxFile, type ELEMENT } from './onnx-file.ts'
import { bytesOf } from './tensors.ts'

type Datatype = keyof typeof ELEMENT

/** Builds a model of plugin-models through its plugin, as the runner does. */
export async function buildModel(spec: ArtifactSpec, directory: string): Promise<BuiltArtifact> {
  const hooks = await applyPlugins([plugin], directory)
  return (await hooks.buildArtifact.for(spec.artifact).promise(spec, directory)) as BuiltArtifact
}

export async function syntheticModel(options: OnnxModelOptions, directory: string): Promise<string> {
  return (await buildModel(onnxModel(options), directory)).path
}

/** y = x, for any datatype: [N, 3] unless another shape is given. */
export function identityModel(
  directory: string,
  datatype: Datatype,
  shape: readonly (number | string)[] = ['N', 3],
): string {
  return write(directory, `identity-${datatype}-${shape.join('x')}`, {
    inputs: [{ name: 'x', datatype, shape }],
    outputs: [{ name: 'y', datatype, shape }],
    nodes: [{ type: 'Identity', inputs: ['x'], outputs: ['y'] }],
  })
}

/** sum = a + b and product = a · b, both [N, W]. */
export function arithmeticModel(directory: string): string {
  const shape = ['N', 'W']
  const value = (name: string) => ({ name, datatype: 'FP32' as const, shape })
  return write(directory, 'arithmetic', {
    inputs: [value('a'), value('b')],
    outputs: [value('sum'), value('product')],
    nodes: [
      { type: 'Add', inputs: ['a', 'b'], outputs: ['sum'] },
      { type: 'Mul', inputs: ['a', 'b'], outputs: ['product'] },
    ],
  })
}

/** Looks up [N] indices in four rows; ONNX Runtime refuses an index of 4 or more while it runs. */
export function lookupModel(directory: string): string {
  return write(directory, 'lookup', {
    inputs: [{ name: 'index', datatype: 'INT64', shape: ['N'] }],
    outputs: [{ name: 'row', datatype: 'FP32', shape: ['N', 2] }],
    nodes: [{ type: 'Gather', inputs: ['table', 'index'], outputs: ['row'], attributes: { axis: 0 } }],
    weights: { table: { shape: [4, 2], values: [0, 1, 10, 11, 20, 21, 30, 31] } },
  })
}

/** y = xᵀ: [N, W] to [W, N], so that the rows of a batch are not its requests. */
export function transposingModel(directory: string): string {
  return write(directory, 'transposing', {
    inputs: [{ name: 'x', datatype: 'FP32', shape: ['N', 'W'] }],
    outputs: [{ name: 'y', datatype: 'FP32', shape: ['W', 'N'] }],
    nodes: [{ type: 'Transpose', inputs: ['x'], outputs: ['y'] }],
  })
}

/** y = x + c, where c = [1, 2] lies in a file beside the model. */
export function externalModel(directory: string): string {
  const value = (name: string) => ({ name, datatype: 'FP32' as const, shape: ['N', 2] })
  writeFileSync(join(directory, 'external.data'), bytesOf(Float32Array.of(1, 2)))
  return write(directory, 'external', {
    inputs: [value('x')],
    outputs: [value('y')],
    nodes: [{ type: 'Add', inputs: ['x', 'c'], outputs: ['y'] }],
    weights: { c: { shape: [2], file: 'external.data' } },
  })
}

function write(directory: string, name: string, graph: Parameters<typeof onnxFile>[0]): string {
  const path = join(directory, `${name}.onnx`)
  writeFileSync(path, onnxFile(graph))
  return path
}
