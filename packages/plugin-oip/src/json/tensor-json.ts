import type { Datatype, TensorData } from 'servebench/plugin'
import { createArray } from '../tensor/datatype.ts'
import type { OipData } from '../tensor/datatype.ts'
import { byteElements, ElementError, elementReader } from '../tensor/encode-tensor.ts'
import type { ParsedJson } from './parse-json.ts'

/** Whether the protocol has a JSON form for elements of this datatype. */
export function hasJsonForm(datatype: Datatype): boolean {
  return datatype !== 'FP16' && datatype !== 'BF16'
}

/**
 * A tensor's elements as a flat JSON list, in row-major order.
 * @throws {ElementError} when an element does not fit the datatype, or JSON cannot express it
 */
export function writeTensorJson(datatype: Datatype, data: TensorData): string {
  if (!hasJsonForm(datatype)) throw new ElementError(`is ${datatype}, which has no JSON form.`)
  if (datatype === 'BYTES') return JSON.stringify(byteElements(data).map(readText))
  const read = elementReader(datatype)
  const texts = Array.from(data as ArrayLike<unknown>, (element, index) => {
    const value = read(element, index)
    if (datatype === 'BOOL') return value === 1 ? 'true' : 'false'
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new ElementError(`has ${value} at ${index}, which JSON cannot express.`)
    }
    // Some servers take -0 for the integer 0.
    return Object.is(value, -0) ? '-0.0' : String(value)
  })
  return `[${texts.join(',')}]`
}

/**
 * Elements from a JSON list, nested or flat. `null` is NaN for floating-point datatypes: servers that write valid JSON
 * have nothing else for it.
 * @throws {ElementError} when an element is not of the datatype
 */
export function readTensorJson(datatype: Datatype, data: ParsedJson): OipData {
  const elements: ParsedJson[] = []
  flatten(data, elements)
  if (datatype === 'BYTES') return byteElements(elements as string[])
  const array = createArray(datatype, elements.length)
  const read = elementReader(datatype)
  const floating = array instanceof Float32Array || array instanceof Float64Array
  for (let index = 0; index < elements.length; index++) {
    const element = elements[index]
    array[index] = (floating && element === null ? NaN : read(element, index)) as never
  }
  return array
}

/** As deep as the parser lets documents be. */
function flatten(data: ParsedJson, elements: ParsedJson[]): void {
  if (!Array.isArray(data)) {
    elements.push(data)
    return
  }
  for (const element of data as readonly ParsedJson[]) {
    if (Array.isArray(element)) flatten(element as readonly ParsedJson[], elements)
    else elements.push(element)
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function readText(bytes: Uint8Array, index: number): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw new ElementError(`has bytes at ${index} that are not UTF-8 text, which JSON cannot express.`)
  }
}
