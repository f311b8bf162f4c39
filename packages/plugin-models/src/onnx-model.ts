import { ValidationError, type ArtifactSpec, type Problem } from 'servebench/plugin'
import type { CnnShape } from './families/cnn.ts'
import type { MlpShape } from './families/mlp.ts'

/** The kind of artifact, and the package whose plugin builds it. */
export const ARTIFACT = 'onnx-model'
export const PACKAGE = '@servebench/plugin-models'

interface Common {
  /** The model's name on servers; by default made of its shape, for example `mlp-3x256`. */
  readonly name?: string
  /** Of the weights: a whole number. Default 1. */
  readonly seed?: number
}
export interface MlpOptions extends Common, Partial<Omit<MlpShape, 'family'>> {
  readonly family: 'mlp'
}
export interface CnnOptions extends Common, Partial<Omit<CnnShape, 'family'>> {
  readonly family: 'cnn'
}
export type OnnxModelOptions = MlpOptions | CnnOptions

/** The options with every default in place: equal models have equal specifications. */
export type ModelShape = MlpShape | CnnShape

export interface OnnxModelSpec extends ArtifactSpec {
  readonly artifact: typeof ARTIFACT
  readonly package: typeof PACKAGE
  readonly options: {
    readonly shape: ModelShape & Readonly<Record<string, string | number>>
    readonly seed: number
  }
}

const DEFAULTS: { readonly mlp: MlpShape; readonly cnn: CnnShape } = {
  mlp: {
    family: 'mlp',
    inputs: 256,
    width: 256,
    layers: 3,
    outputs: 10,
    activation: 'relu',
    head: 'softmax',
  },
  cnn: {
    family: 'cnn',
    block: 'plain',
    size: 32,
    channels: 3,
    width: 16,
    stages: 3,
    blocks: 2,
    kernel: 3,
    outputs: 10,
    head: 'softmax',
  },
}

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  activation: ['relu', 'sigmoid', 'tanh'],
  block: ['plain', 'residual', 'depthwise'],
  head: ['softmax', 'none'],
}

const LARGEST: Readonly<Record<string, number>> = { layers: 2048, stages: 12, blocks: 512, kernel: 31 }

/**
 * A synthetic model: inert until a server needs it, then written once as an ONNX file and kept by its content hash.
 * Input `input` and output `output` are float32; the batch dimension is dynamic. Equal options and seed give equal
 * bytes on every machine.
 *
 * @example onnxModel({ family: 'mlp', inputs: 784, width: 1024, layers: 8, seed: 1 })
 * @throws {ValidationError} with all problems of the options at once.
 */
export function onnxModel(options: OnnxModelOptions): OnnxModelSpec {
  const { name, seed = 1, ...given } = options
  const defaults: ModelShape | undefined = DEFAULTS[options.family]
  if (defaults === undefined) {
    throw new ValidationError('onnxModel()', [
      {
        path: 'family',
        message: `'${(options as { family: string }).family}' is not a family; there are 'mlp' and 'cnn'.`,
      },
    ])
  }
  const shape = { ...defaults, ...withoutUndefined(given) } as ModelShape
  const problems = [...checkShape(shape, defaults), ...checkCommon(name, seed)]
  if (problems.length > 0) throw new ValidationError('onnxModel()', problems)
  return {
    artifact: ARTIFACT,
    package: PACKAGE,
    name: name ?? nameOf(shape),
    options: { shape: shape as OnnxModelSpec['options']['shape'], seed },
  }
}

function checkShape(shape: ModelShape, defaults: ModelShape): Problem[] {
  const problems: Problem[] = []
  const report = (path: string, message: string): number => problems.push({ path, message })
  for (const [key, value] of Object.entries(shape) as [string, unknown][]) {
    const choices = CHOICES[key]
    const largest = LARGEST[key] ?? 1_000_000
    if (key === 'family') continue
    if (!(key in defaults))
      report(key, `is not an option of family '${shape.family}': ${Object.keys(defaults).join(', ')}.`)
    else if (choices !== undefined) {
      if (!choices.includes(value as string))
        report(key, `must be one of ${choices.join(', ')}, not ${JSON.stringify(value)}.`)
    } else if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > largest) {
      report(key, `must be a whole number from 1 to ${largest}, not ${JSON.stringify(value)}.`)
    }
  }
  if (problems.length > 0 || shape.family !== 'cnn') return problems
  if (shape.kernel % 2 === 0) report('kernel', `must be odd, not ${shape.kernel}.`)
  if (shape.size >> (shape.stages - 1) < 1) {
    report('stages', `halve the resolution: ${shape.stages} are too many for a size of ${shape.size}.`)
  }
  return problems
}

function checkCommon(name: string | undefined, seed: number): Problem[] {
  const problems: Problem[] = []
  if (!Number.isSafeInteger(seed))
    problems.push({ path: 'seed', message: `must be a whole number, not ${JSON.stringify(seed)}.` })
  if (name !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name)) {
    problems.push({
      path: 'name',
      message: `must be letters, digits, '.', '_' and '-', 128 at most, so that it fits URLs and folders; not ${JSON.stringify(name)}.`,
    })
  }
  return problems
}

/** What a model is called when it has no name of its own; also the name inside the file. */
export function nameOf(shape: ModelShape): string {
  return shape.family === 'mlp'
    ? `mlp-${shape.layers}x${shape.width}`
    : `cnn-${shape.block}-${shape.stages}x${shape.blocks}x${shape.width}-${shape.size}`
}

function withoutUndefined(values: object): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
}
