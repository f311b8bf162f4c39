import { ValidationError } from 'servebench/plugin'
import type { Datatype, TensorData } from 'servebench/plugin'
import type { OipInput, OipRequest } from '../request.ts'
import type { OipModel } from './model.ts'

type Fields = Readonly<Record<string, unknown>>

/** Lists in one another beyond any tensor's rank. */
const MOST_AXES = 32

/**
 * Makes a request of JSON: the body of an HTTP inference request (`{ inputs: [{ name, shape, datatype, data }] }`), nested
 * lists by the name of the input, or a nested list for a model with one input.
 * @throws {ValidationError} when it is none of these
 */
export function mapJson(json: unknown, model: OipModel): OipRequest {
  if (Array.isArray(json) && model.inputs.length === 1) {
    return { inputs: { [model.inputs[0]?.name as string]: nestedInput(json) } }
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    const { inputs } = json as Fields
    if (Array.isArray(inputs) && inputs.every(isTensor)) return protocolBody(json as Fields, inputs)
    const lists = Object.entries(json)
    if (lists.every(([, value]) => isNestedList(value))) {
      return {
        inputs: Object.fromEntries(lists.map(([name, value]) => [name, nestedInput(value as unknown[])])),
      }
    }
  }
  const message = 'is neither an inference request with a list of inputs, nor lists by the name of the input.'
  throw new ValidationError('The input', [{ path: 'json', message }], {
    advice:
      'Write { "inputs": [{ "name": …, "shape": …, "datatype": …, "data": … }] } or { "name of the input": [[1, 2], [3, 4]] }.',
  })
}

function protocolBody(body: Fields, inputs: readonly Fields[]): OipRequest {
  const { id, parameters, outputs } = body
  return {
    inputs: Object.fromEntries(
      inputs.map((input): [string, OipInput] => [
        input['name'] as string,
        {
          ...(input['datatype'] === undefined ? {} : { datatype: input['datatype'] as Datatype }),
          ...(input['shape'] === undefined ? {} : { shape: input['shape'] as readonly number[] }),
          ...(isObject(input['parameters'])
            ? { parameters: input['parameters'] as OipInput['parameters'] & object }
            : {}),
          data: nestedInput(input['data'] as unknown[]).data,
        },
      ]),
    ),
    ...(typeof id === 'string' ? { id } : {}),
    ...(isObject(parameters) ? { parameters: parameters as OipRequest['parameters'] & object } : {}),
    ...(Array.isArray(outputs) ? { outputs: outputs as OipRequest['outputs'] & object } : {}),
  }
}

function isTensor(value: unknown): value is Fields {
  return isObject(value) && typeof value['name'] === 'string' && Array.isArray(value['data'])
}

function isNestedList(value: unknown): boolean {
  return Array.isArray(value) && !value.some(isObject)
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function nestedInput(list: readonly unknown[]): OipInput {
  const shape: number[] = []
  for (let level: unknown = list; Array.isArray(level) && shape.length < MOST_AXES; level = level[0])
    shape.push(level.length)
  return { shape, data: list.flat(MOST_AXES) as TensorData & readonly number[] }
}
