import { isBatched, suggest, ValidationError } from 'servebench/plugin'
import type { Datatype, Problem, TensorData, TensorMetadata } from 'servebench/plugin'
import type { OipInput, OipParameters, OipRequest, OipRequestedOutput } from '../request.ts'
import { isDatatype } from '../tensor/datatype.ts'
import type { OipModel } from './model.ts'
import { checkCount, resolveShape } from './resolve-shape.ts'

/** A tensor that fits its model. */
export interface BoundInput {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  readonly data: TensorData
  readonly parameters: OipParameters
}

/** A request that fits its model, with everything that it left out. */
export interface BoundRequest {
  readonly id: string | undefined
  /** In the order of the model's inputs. */
  readonly inputs: readonly BoundInput[]
  /** Empty: all. */
  readonly outputs: readonly OipRequestedOutput[]
  readonly parameters: OipParameters
  readonly items: number
  readonly label: string | undefined
}

/** What a target adds to every request. */
export interface RequestDefaults {
  readonly outputs?: readonly (string | OipRequestedOutput)[]
  readonly parameters?: OipParameters
}

/**
 * Checks a request against the server's description of the model, and completes it.
 * @throws {ValidationError} with everything that does not fit
 */
export function bindRequest(
  request: OipRequest,
  model: OipModel,
  defaults: RequestDefaults = {},
): BoundRequest {
  const problems: Problem[] = []
  const binder = new RequestBinder(model, problems)
  const inputs = binder.inputs(request.inputs)
  const outputs = binder.outputs(request.outputs ?? defaults.outputs ?? [])
  const parameters = binder.parameters({ ...defaults.parameters, ...request.parameters }, 'parameters')
  const batch = binder.batch(inputs)
  if (problems.length > 0) {
    throw new ValidationError(`The input for model '${model.name}'`, problems, {
      advice: describeInputs(model),
    })
  }
  return { id: request.id, inputs, outputs, parameters, items: request.items ?? batch, label: request.label }
}

class RequestBinder {
  readonly #model: OipModel
  readonly #problems: Problem[]

  constructor(model: OipModel, problems: Problem[]) {
    this.#model = model
    this.#problems = problems
  }

  inputs(given: OipRequest['inputs']): BoundInput[] {
    const declared = this.#model.inputs
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      this.#report('inputs', 'must be an object of tensors by the name of the input.')
      return []
    }
    if (declared.length + this.#model.outputs.length + Object.keys(given).length === 0) {
      this.#report('inputs', 'are missing, and the server does not describe those of this model.')
    }
    const names = declared.map(({ name }) => name)
    for (const name of Object.keys(given)) {
      if (declared.length === 0 || names.includes(name)) continue
      this.#problems.push({
        path: `inputs.${name}`,
        message: 'is no input of the model.',
        suggestion: suggest(name, names),
      })
    }
    for (const { name, optional } of declared) {
      if (optional !== true && !Object.hasOwn(given, name)) this.#report(`inputs.${name}`, 'is missing.')
    }
    const order =
      declared.length === 0 ? Object.keys(given) : names.filter((name) => Object.hasOwn(given, name))
    return order.flatMap((name) => {
      const metadata = declared.find((tensor) => tensor.name === name)
      return this.#input(name, given[name] as OipInput, metadata) ?? []
    })
  }

  outputs(requested: readonly (string | OipRequestedOutput)[]): OipRequestedOutput[] {
    const names = this.#model.outputs.map(({ name }) => name)
    return requested.map((entry) => {
      const output = typeof entry === 'string' ? { name: entry } : entry
      const path = `outputs.${output.name}`
      if (names.length > 0 && !names.includes(output.name)) {
        this.#problems.push({
          path,
          message: 'is no output of the model.',
          suggestion: suggest(output.name, names),
        })
      }
      this.parameters(output.parameters ?? {}, `${path}.parameters`)
      return output
    })
  }

  parameters(parameters: OipParameters, path: string): OipParameters {
    for (const [name, value] of Object.entries(parameters)) {
      const kind = typeof value
      if (kind === 'string' || kind === 'boolean' || Number.isFinite(value)) continue
      if (kind === 'bigint' && BigInt.asIntN(65, value as bigint) === value && value >= -(2n ** 63n)) continue
      this.#report(`${path}.${name}`, 'must be text, a number, a 64-bit integer or a boolean.')
    }
    return parameters
  }

  /** The batch size, 1 for models without batches. */
  batch(inputs: readonly BoundInput[]): number {
    const { maxBatchSize } = this.#model
    const [first] = inputs
    if (first === undefined || !isBatched(this.#model)) return 1
    const batch = first.shape[0] ?? 1
    for (const { name, shape } of inputs) {
      if (maxBatchSize !== null && shape[0] !== batch) {
        this.#report(`inputs.${name}`, `has the batch size ${shape[0]}; '${first.name}' has ${batch}.`)
      }
    }
    if (maxBatchSize !== null && batch > maxBatchSize) {
      this.#report(
        `inputs.${first.name}`,
        `has the batch size ${batch}; the model takes ${maxBatchSize} at most.`,
      )
    }
    return batch
  }

  #input(name: string, given: OipInput, metadata: TensorMetadata | undefined): BoundInput | null {
    const path = `inputs.${name}`
    if (typeof given !== 'object' || given === null || !isList(given.data)) {
      return this.#report(
        path,
        'must be a tensor: { shape, datatype, data }, with data as a list or typed array.',
      )
    }
    const { data, parameters = {} } = given
    const datatype = this.#datatype(path, given.datatype, metadata)
    this.parameters(parameters, `${path}.parameters`)
    if (given.shape !== undefined && !isShape(given.shape))
      return this.#report(path, 'has a shape that is no list of sizes.')
    const shape = this.#shape(path, given.shape, data.length, metadata)
    if (datatype === null || shape === null) return null
    return { name, datatype, shape, data: readText(data, datatype), parameters }
  }

  #datatype(path: string, given: string | undefined, metadata: TensorMetadata | undefined): Datatype | null {
    const datatype = given ?? metadata?.datatype
    if (datatype === undefined) {
      return this.#report(path, 'needs a datatype: the server does not describe the inputs of this model.')
    }
    if (!isDatatype(datatype))
      return this.#report(path, `has the datatype '${datatype}', which the protocol does not have.`)
    if (metadata === undefined || metadata.datatype === datatype) return datatype
    const rounds = metadata.datatype === 'FP16' || metadata.datatype === 'BF16'
    const hint =
      rounds && datatype === 'FP32'
        ? ` Say datatype: '${metadata.datatype}', and a Float32Array is rounded.`
        : ''
    return this.#report(path, `is ${datatype}; the model takes ${metadata.datatype}.${hint}`)
  }

  #shape(
    path: string,
    given: readonly number[] | undefined,
    count: number,
    metadata: TensorMetadata | undefined,
  ): readonly number[] | null {
    const isOpen = metadata === undefined || metadata.anyRank === true
    if (isOpen && given === undefined) {
      return this.#report(
        path,
        metadata === undefined
          ? 'needs a shape: the server does not describe the inputs of this model.'
          : 'needs a shape: the model takes tensors of any rank.',
      )
    }
    const shape = isOpen
      ? checkCount(given as readonly number[], count)
      : resolveShape(given, metadata.shape, count, isBatched(this.#model))
    return typeof shape === 'string' ? this.#report(path, shape) : shape
  }

  #report(path: string, message: string): null {
    this.#problems.push({ path, message })
    return null
  }
}

function isList(data: unknown): data is TensorData {
  return Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView))
}

const WHOLE_NUMBER = /^-?\d+$/

/** Plans are JSON: they have whole numbers beyond 2^53 as text. */
function readText(data: TensorData, datatype: Datatype): TensorData {
  if (datatype === 'BYTES' || ArrayBuffer.isView(data)) return data
  const elements: readonly unknown[] = data
  const isText = (element: unknown): element is string =>
    typeof element === 'string' && WHOLE_NUMBER.test(element)
  if (!elements.some(isText)) return data
  return elements.map((element) => (isText(element) ? BigInt(element) : element)) as readonly bigint[]
}

function isShape(shape: unknown): boolean {
  return Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && size >= 0)
}

function describeInputs({ inputs }: OipModel): string {
  if (inputs.length === 0) return 'Give name, datatype and shape of every input.'
  const list = inputs.map(
    ({ name, datatype, shape, optional, anyRank }) =>
      `${name} ${datatype} ${anyRank ? 'of any rank' : `[${shape.join(', ')}]`}${optional ? ' (optional)' : ''}`,
  )
  return `The model takes ${list.join('; ')}.`
}
