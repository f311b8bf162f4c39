import { ASSUMED_SIZES } from './assumed-sizes.ts'
import { bytesOf, type ElementType } from '../datatype.ts'
import type { Constant, Model } from '../graph.ts'
import { findOnnxOperator } from '../operators/onnx-operators.ts'
import { findTensorflowOperator } from '../operators/tensorflow-operators.ts'
import { elementsOf, type Shape, type Tensor } from '../operators/tensor.ts'
import { SizeBook, type ChosenSizes } from './dimensions.ts'
import { evaluateModel, type Evaluation, type Step } from './evaluate.ts'
import { measureCache, type CacheMetrics } from './key-value-cache.ts'
import { peakOf } from './live-peak.ts'
import { readsRows, roleOf, type Role } from './roles.ts'

/** A tensor that goes into a model or comes out of it; a size is `null` where it depends on the data. */
export interface ModelTensor {
  readonly name: string
  readonly datatype: ElementType | null
  readonly shape: readonly (number | null)[] | null
}

/** What is known about a model without running it: of one execution with `batch` inferences. */
export interface ModelMetrics {
  readonly batch: number
  /** Other sizes that had to be chosen, by name. */
  readonly sizes: Readonly<Record<string, number>>
  /** Learned elements, shared ones once. */
  readonly parameters: number
  /** Elements of running statistics, which are not parameters. */
  readonly statistics: number
  readonly parameterBytes: number
  /** All constants. */
  readonly weightBytes: number
  /** Of them, what one execution reads: of tables, only the rows that are looked up. */
  readonly touchedWeightBytes: number
  /** Multiply-accumulates of matrix products and convolutions. */
  readonly macs: number
  /** 2 × MACs. */
  readonly flops: number
  /** All other arithmetic. */
  readonly elementwiseFlops: number
  /** MACs by the type of what is multiplied: quantised weights and activations count as what they are. */
  readonly macsByType: Readonly<Record<string, number>>
  /** Sum of all operations' outputs: a measure of memory traffic. */
  readonly activationBytes: number
  /** Largest sum of values that are needed at the same time, when each is dropped after its last use. */
  readonly peakActivationBytes: number
  readonly inputBytes: number
  readonly outputBytes: number
  readonly cache: CacheMetrics | null
  readonly inputs: readonly ModelTensor[]
  readonly outputs: readonly ModelTensor[]
  readonly operators: Readonly<Record<string, number>>
  /** Operators that are not known, and how often they occur: they count as nothing. */
  readonly unknownOperators: Readonly<Record<string, number>>
  /** Operations whose sizes are missing, or whose work depends on the data: the totals are at least so large. */
  readonly isLowerBound: boolean
  readonly notes: readonly string[]
}

/** A row of the table of layers, in the order of execution. */
export interface LayerMetrics {
  readonly name: string
  readonly operator: string
  readonly outputShape: readonly (number | null)[] | null
  readonly datatype: ElementType | null
  /** Of weights that no earlier layer has. */
  readonly parameters: number
  readonly weightBytes: number
  readonly macs: number
  readonly elementwiseFlops: number
  readonly activationBytes: number
  /** How often it runs in one execution. */
  readonly times: number
  /** Its numbers are the least, not all. */
  readonly isLowerBound: boolean
}

export interface MeasuredModel {
  readonly metrics: ModelMetrics
  readonly layers: readonly LayerMetrics[]
}

/** Exact sums over the operations of a model; see docs/model-metrics.md for what counts as what. */
export function measureModel(model: Model, chosen: ChosenSizes = { batch: 1, named: {} }): MeasuredModel {
  const sizes = new SizeBook(model.graph, chosen)
  const find = model.format === 'onnx' ? findOnnxOperator : findTensorflowOperator
  const evaluation = evaluateModel(model, sizes, find)
  const weights = assignWeights(model, evaluation)
  const layers = evaluation.steps.map((step): LayerMetrics => {
    const own = weights.byStep.get(step)
    return {
      name: step.name,
      operator: step.operator,
      outputShape: publicShape(step.outputs[0]?.shape ?? null),
      datatype: step.outputs[0]?.type ?? null,
      parameters: own?.parameters ?? 0,
      weightBytes: own?.bytes ?? 0,
      macs: least(step.macs) * step.times,
      elementwiseFlops: least(step.flops) * step.times,
      activationBytes: outputBytes(step) * step.times,
      times: step.times,
      isLowerBound: isBelow(step),
    }
  })
  const sum = (pick: (layer: LayerMetrics) => number): number =>
    layers.reduce((total, layer) => total + pick(layer), 0)
  const macs = sum((layer) => layer.macs)
  const unknownOperators = count(
    evaluation.steps.filter((step) => step.isUnknown).map((step) => step.operator),
  )
  const inputs = evaluation.inputs.map(publicTensor)
  return {
    layers,
    metrics: {
      batch: sizes.hasBatch ? chosen.batch : firstSize(inputs),
      sizes: Object.fromEntries(sizes.used),
      parameters: weights.elements.parameter,
      statistics: weights.elements.statistic,
      parameterBytes: weights.parameterBytes,
      weightBytes: weights.bytes,
      touchedWeightBytes: weights.touched,
      macs,
      flops: 2 * macs,
      elementwiseFlops: sum((layer) => layer.elementwiseFlops),
      macsByType: macsByType(evaluation.steps),
      activationBytes: sum((layer) => layer.activationBytes),
      peakActivationBytes: peakOf(evaluation),
      inputBytes: bytesOfAll(evaluation.inputs),
      outputBytes: bytesOfAll(evaluation.outputs),
      cache: measureCache(evaluation),
      inputs,
      outputs: evaluation.outputs.map(publicTensor),
      operators: count(evaluation.steps.map((step) => step.operator)),
      unknownOperators,
      isLowerBound: evaluation.steps.some(isBelow),
      notes: [...notes(model, sizes, chosen, evaluation, unknownOperators)],
    },
  }
}

/** NaN, which stands for what is not known, counts as nothing. */
function least(value: number): number {
  return value > 0 ? value : 0
}

function isBelow({ isLowerBound, isUnknown, macs, flops, outputs }: Step): boolean {
  return (
    isLowerBound ||
    isUnknown ||
    Number.isNaN(macs) ||
    Number.isNaN(flops) ||
    outputs.some(({ shape }) => Number.isNaN(elementsOf(shape)))
  )
}

function outputBytes({ outputs }: Step): number {
  return outputs.reduce((sum, tensor) => sum + bytesOfTensor(tensor), 0)
}

/** 0 where the size is not known. */
export function bytesOfTensor({ shape, type }: Tensor): number {
  return least(bytesOf(elementsOf(shape), type))
}

function bytesOfAll(tensors: Evaluation['inputs']): number {
  return tensors.reduce((sum, { tensor }) => sum + bytesOfTensor(tensor), 0)
}

function publicShape(shape: Shape | null): readonly (number | null)[] | null {
  return shape?.map((size) => (Number.isNaN(size) ? null : size)) ?? null
}

function publicTensor({ name, tensor }: Evaluation['inputs'][number]): ModelTensor {
  return { name, datatype: tensor.type, shape: publicShape(tensor.shape) }
}

/** Models with a fixed batch have it in front. */
function firstSize(inputs: readonly ModelTensor[]): number {
  return inputs.find(({ shape }) => (shape?.length ?? 0) > 1)?.shape?.[0] ?? 1
}

function count(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
}

function macsByType(steps: readonly Step[]): Record<string, number> {
  const sums = new Map<string, number>()
  for (const { macs, times, call } of steps) {
    if (!(macs > 0)) continue
    const types = call.inputs.slice(0, 2).map((tensor) => tensor?.quantized ?? tensor?.type ?? 'FP32')
    // Where only one side is quantised, the other decides.
    const type =
      call.operator === 'MatMulNBits'
        ? (types[0] as string)
        : (types.find((name) => name.startsWith('FP') || name.startsWith('BF')) ??
          types[1] ??
          types[0] ??
          'FP32')
    sums.set(type, (sums.get(type) ?? 0) + macs * times)
  }
  return Object.fromEntries([...sums].sort(([, a], [, b]) => b - a))
}

interface Weights {
  readonly elements: Record<Role, number>
  readonly parameterBytes: number
  readonly bytes: number
  readonly touched: number
  readonly byStep: ReadonlyMap<Step, { readonly parameters: number; readonly bytes: number }>
}

const RANK: Readonly<Record<Role, number>> = { parameter: 2, statistic: 1, constant: 0 }

interface Use {
  role: Role
  step: Step
  /** Bytes of single rows; `Infinity`: all of it is read. */
  touched: number
  elements: number
}

/** Gives every constant its role and the first step that uses it. */
function assignWeights(model: Model, evaluation: Evaluation): Weights {
  const uses = new Map<Constant, Use>()
  for (const step of evaluation.steps) {
    for (const [input, tensor] of step.call.inputs.entries()) {
      for (const constant of tensor?.constants ?? []) {
        const role = roleOf(step, input, constant)
        const rows = readsRows(step, input) ? bytesOfTensor(step.outputs[0] as Tensor) * step.times : Infinity
        const use = uses.get(constant)
        const elements = packedElements(step, input) ?? elementsOf(constant.shape)
        if (use === undefined) uses.set(constant, { role, step, touched: rows, elements })
        else {
          if (RANK[role] > RANK[use.role]) use.role = role
          use.touched += rows
        }
      }
    }
  }
  const elements: Record<Role, number> = { parameter: 0, statistic: 0, constant: 0 }
  const byStep = new Map<Step, { parameters: number; bytes: number }>()
  let [parameterBytes, touched, bytes] = [0, 0, 0]
  for (const constant of model.graph.constants)
    if (!uses.has(constant)) bytes += bytesOf(elementsOf(constant.shape), constant.type)
  for (const [constant, use] of uses) {
    if (evaluation.generated.has(constant) && use.role === 'constant') continue
    const size = bytesOf(elementsOf(constant.shape), constant.type)
    elements[use.role] += use.elements
    bytes += size
    touched += Math.min(size, use.touched)
    if (use.role === 'parameter') parameterBytes += size
    const own = byStep.get(use.step) ?? { parameters: 0, bytes: 0 }
    byStep.set(use.step, {
      parameters: own.parameters + (use.role === 'parameter' ? use.elements : 0),
      bytes: own.bytes + size,
    })
  }
  return { elements, parameterBytes, bytes, touched, byStep }
}

/** Weights of few bits in blocks have fewer elements in the file than in the model. */
function packedElements({ operator, call }: Step, input: number): number | null {
  return operator === 'MatMulNBits' && input === 1 ? call.number('K', 0) * call.number('N', 0) : null
}

const MOST_NAMED = 8

function* notes(
  { missing, format }: Model,
  sizes: SizeBook,
  { batch }: ChosenSizes,
  { steps }: Evaluation,
  unknownOperators: Readonly<Record<string, number>>,
): Generator<string> {
  const list = (names: readonly string[]): string =>
    names.length > MOST_NAMED
      ? `${names.slice(0, MOST_NAMED).join(', ')} and ${names.length - MOST_NAMED} more`
      : names.join(', ')
  const unknown = Object.entries(unknownOperators)
  if (unknown.length > 0)
    yield `Unknown operators count as nothing: ${list(unknown.map(([name, times]) => `${name} (${times})`))}.`
  const unsized = steps.filter((step) => !step.isUnknown && isBelow(step))
  if (unsized.length > 0) {
    const names = [...new Set(unsized.map((step) => step.operator))]
    yield `The work of ${unsized.length} operations depends on the data, or on sizes that are not known (${list(names)}): the least is counted.`
  }
  if (sizes.assumed.size > 0)
    yield `${ASSUMED_SIZES}: ${list([...sizes.assumed])}. Choose them, as with --dim ${[...sizes.assumed][0]}=128.`
  if (sizes.unknown.size > 0) yield `No input has a size with this name: ${list([...sizes.unknown])}.`
  if (batch !== 1 && !sizes.hasBatch) yield `The batch of this model is fixed: ${batch} cannot be chosen.`
  if (missing.length > 0)
    yield `Files of weights are missing: ${list(missing)}. Sizes are those that the model tells.`
  if (format !== 'onnx' && steps.some(({ operator }) => operator === 'Merge'))
    yield 'The graph has loops of the first TensorFlow: one round is counted.'
}
