import { DATATYPE_BYTES, type Datatype } from '../dsl/tensor.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'
import type { JsonValue } from '../units/json.ts'
import { suggest } from '../units/suggest.ts'
import { moduleUrl, type ModuleReference } from './module-reference.ts'
import type { TargetMetadata, TensorMetadata } from './providers.ts'

/** What the server leaves open about the tensors that are sent when a scenario has no input. */
export interface DerivedInputOptions {
  /** Default 1. */
  readonly batch?: number
  /** By input name, for variable dimensions, which are 1 otherwise; with or without the batch dimension. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>
}

/** A tensor to be filled. Plain data. */
export interface PlannedTensor {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
}

/** How problems are told. */
export interface PlanSubject {
  /** What has the options: `The oip target`. */
  readonly subject: string
  /** Put before the paths of options: `defaultInput.`; nothing by default. */
  readonly path?: string
  /** `model 'resnet'`; `the model` by default. */
  readonly model?: string
}

/**
 * Random tensors that fit a model as its server describes it: what a `connect` provider returns as `defaultInput`.
 * @throws {ValidationError} when the options do not fit the model
 */
export function deriveInput(
  metadata: TargetMetadata,
  options: DerivedInputOptions,
  subject: PlanSubject,
): ModuleReference {
  const tensors = planTensors(metadata, options, subject)
  return {
    module: moduleUrl(import.meta.url, '../builtin/inputs/source'),
    options: { kind: 'planned', options: { tensors }, metadata: null } as unknown as JsonValue,
  }
}

/**
 * The shapes of a model's inputs: as the server describes them, variable dimensions as the options say, or 1. Optional
 * inputs are left out, unless they are named or all are optional.
 * @throws {ValidationError} when the options do not fit the model
 */
export function planTensors(
  metadata: TargetMetadata,
  options: DerivedInputOptions & { readonly datatypes?: Readonly<Record<string, Datatype>> },
  { subject, path = '', model = 'the model' }: PlanSubject,
): readonly PlannedTensor[] {
  const { batch = 1, shapes = {}, datatypes = {} } = options
  const problems: Problem[] = []
  const names = metadata.inputs.map(({ name }) => name)
  for (const [kind, given] of Object.entries({ shapes, datatypes })) {
    for (const name of Object.keys(given)) {
      if (names.includes(name)) continue
      const message = `is no input of ${model}.`
      problems.push({ path: `${path}${kind}.${name}`, message, suggestion: suggest(name, names) })
    }
  }
  const batched = isBatched(metadata)
  const { maxBatchSize } = metadata
  if (!(Number.isSafeInteger(batch) && batch > 0))
    problems.push({ path: `${path}batch`, message: 'must be a whole number above 0.' })
  if (batch > 1 && !batched)
    problems.push({ path: `${path}batch`, message: `is ${batch}, but ${model} takes no batches.` })
  if (maxBatchSize !== null && batched && batch > maxBatchSize) {
    const message = `is ${batch}; ${model} takes ${maxBatchSize} at most.`
    problems.push({ path: `${path}batch`, message })
  }
  const required = metadata.inputs.filter(({ name, optional }) => optional !== true || name in shapes)
  const chosen = required.length === 0 ? metadata.inputs : required
  const planned = chosen.flatMap((tensor): PlannedTensor[] => {
    const { name } = tensor
    const shape = planShape(tensor, shapes[name], batched ? batch : 1)
    if (shape === null) {
      const message = `is [${shapes[name]?.join(', ')}]; ${model} takes [${tensor.shape.join(', ')}].`
      problems.push({ path: `${path}shapes.${name}`, message })
      return []
    }
    const datatype = datatypes[name] ?? tensor.datatype
    if (Object.hasOwn(DATATYPE_BYTES, datatype)) return [{ name, datatype: datatype as Datatype, shape }]
    problems.push({
      path: name,
      message: `has the datatype '${datatype}', which the protocol does not have.`,
    })
    return []
  })
  if (problems.length === 0) return planned
  throw new ValidationError(subject, problems)
}

/**
 * Whether the first dimension of every input is a batch: what the server's configuration says; without one, a variable
 * first dimension is taken for a batch.
 */
export function isBatched({
  inputs,
  maxBatchSize,
}: Pick<TargetMetadata, 'inputs' | 'maxBatchSize'>): boolean {
  if (maxBatchSize !== null) return maxBatchSize > 0
  return inputs.length > 0 && inputs.every(({ shape }) => shape[0] === -1)
}

function planShape(
  { shape: declared, anyRank }: TensorMetadata,
  wanted: readonly number[] | undefined,
  batch: number,
): readonly number[] | null {
  const open = declared.map((size, axis) => (size !== -1 ? size : axis === 0 ? batch : 1))
  if (wanted === undefined) return open
  if (!Array.isArray(wanted) || !wanted.every((size) => Number.isSafeInteger(size) && size >= 0)) return null
  if (anyRank === true) return wanted
  const shape = wanted.length === declared.length - 1 ? [open[0] as number, ...wanted] : wanted
  const fits =
    shape.length === declared.length &&
    shape.every((size, axis) => declared[axis] === -1 || declared[axis] === size)
  return fits ? shape : null
}
