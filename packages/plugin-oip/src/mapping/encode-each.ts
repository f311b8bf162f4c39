import { ValidationError } from 'servebench/plugin'
import type { Problem } from 'servebench/plugin'
import { ElementError } from '../tensor/encode-tensor.ts'
import type { BoundInput } from './bind-request.ts'

/**
 * Encodes the elements of every input.
 * @param advice for inputs that cannot be encoded
 * @throws {ValidationError} with all inputs whose elements cannot be encoded
 */
export function encodeEach<T>(
  inputs: readonly BoundInput[],
  encode: (input: BoundInput) => T,
  advice?: string,
): T[] {
  const problems: Problem[] = []
  const encoded = inputs.flatMap((input) => {
    try {
      return [encode(input)]
    } catch (error) {
      if (!(error instanceof ElementError)) throw error
      problems.push({ path: `inputs.${input.name}`, message: error.message })
      return []
    }
  })
  if (problems.length === 0) return encoded
  throw new ValidationError('The input', problems, {
    advice:
      advice ??
      (problems.some(({ message }) => message.includes('JSON'))
        ? "Change the values, or use the protocol 'http' or 'grpc', which send tensors as they are in memory."
        : 'Give elements that the datatype can hold.'),
  })
}
