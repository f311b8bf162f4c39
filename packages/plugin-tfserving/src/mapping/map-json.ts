import { ElementError, toRequest } from '@servebench/plugin-oip/protocol'
import type { OipContent, OipModel } from '@servebench/plugin-oip/protocol'
import { isSample, ValidationError } from 'servebench/plugin'
import type { Sample, TensorData } from 'servebench/plugin'
import type {
  TfServingExamplesRequest,
  TfServingInput,
  TfServingPredictRequest,
  TfServingRequest,
} from '../request.ts'
import { flattenJson, readBase64 } from '../http/nested-list.ts'

/** What a bench file may give as input. */
export type TfServingContent = TfServingRequest | Sample | null | undefined

type Fields = Readonly<Record<string, unknown>>

/**
 * Makes a predict request of any input. JSON may be the body of the REST API (`instances` or `inputs`), which then goes
 * over either API.
 * @throws {ValidationError} when it is nothing that can be sent
 */
export function toPredictRequest(content: TfServingContent, model: OipModel): TfServingPredictRequest {
  const { json, facts } = jsonOf(content)
  if (isFields(json) && ('instances' in json || isColumns(json)))
    return { ...readBody(json, model), ...facts }
  return toRequest(content as OipContent, model) as TfServingPredictRequest
}

/** @throws {ValidationError} when it has no examples */
export function toExamplesRequest(content: TfServingContent): TfServingExamplesRequest {
  const { json, facts } = jsonOf(content)
  if (isFields(json) && 'examples' in json) {
    const { examples, context } = json as Fields & TfServingExamplesRequest
    return { examples, ...(context === undefined ? {} : { context }), ...facts }
  }
  const message = 'are missing: the methods classify and regress take them, and no tensors.'
  throw new ValidationError('The input', [{ path: 'examples', message }], {
    advice: 'Give { examples: [{ feature: value or list, … }] }.',
  })
}

function jsonOf(content: TfServingContent): {
  readonly json: unknown
  readonly facts: Pick<TfServingRequest, 'items' | 'label'>
} {
  if (!isFields(content)) return { json: content, facts: {} }
  const { items, label } = content as TfServingRequest
  const facts = { ...(items === undefined ? {} : { items }), ...(label === undefined ? {} : { label }) }
  return { json: isSample(content) ? ('json' in content ? content.json : null) : content, facts }
}

/** A request of this package has tensors with `data` under `inputs`; the body of the REST API has values. */
function isColumns(json: Fields): boolean {
  const { inputs } = json
  if (inputs === undefined || (Array.isArray(inputs) && inputs.some((one) => isFields(one) && 'name' in one)))
    return false
  return !isFields(inputs) || readBase64(inputs) !== null || !Object.values(inputs).every(isTensor)
}

function isTensor(value: unknown): boolean {
  return isFields(value) && 'data' in value
}

function readBody({ instances, inputs }: Fields, model: OipModel): TfServingPredictRequest {
  try {
    return { inputs: instances === undefined ? readColumns(inputs, model) : readRows(instances, model) }
  } catch (error) {
    if (!(error instanceof ElementError)) throw error
    throw invalid(error.message)
  }
}

function readRows(instances: unknown, model: OipModel): TfServingPredictRequest['inputs'] {
  if (!Array.isArray(instances) || instances.length === 0) throw new ElementError('has no list of instances.')
  const rows = instances as readonly unknown[]
  if (!rows.every((row) => isFields(row) && readBase64(row) === null))
    return { [onlyInput(model)]: column(rows) }
  const names = Object.keys(rows[0] as Fields)
  return Object.fromEntries(
    names.map((name) => [
      name,
      column(
        rows.map((row, index) => {
          if (Object.keys(row as Fields).length === names.length && name in (row as Fields))
            return (row as Fields)[name]
          throw new ElementError(`has other names in instance ${index} than in the first one.`)
        }),
      ),
    ]),
  )
}

function readColumns(inputs: unknown, model: OipModel): TfServingPredictRequest['inputs'] {
  if (!isFields(inputs) || readBase64(inputs) !== null) return { [onlyInput(model)]: column(inputs) }
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, column(value)]))
}

function column(value: unknown): TfServingInput {
  const { shape, elements } = flattenJson(value)
  return { shape, data: elements.map((element) => readBase64(element) ?? element) as unknown as TensorData }
}

function onlyInput({ inputs, name }: OipModel): string {
  const [only, second] = inputs
  if (only !== undefined && second === undefined) return only.name
  throw new ElementError(`has values without names, and model '${name}' has ${inputs.length} inputs.`)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string): ValidationError {
  return new ValidationError('The input', [{ path: 'json', message }], {
    advice: 'Write { "instances": [row, …] } or { "inputs": { "name of the input": [[1, 2], [3, 4]] } }.',
  })
}
