import { ElementError } from '@servebench/plugin-oip/protocol'
import { ValidationError } from 'servebench/plugin'
import type { Problem } from 'servebench/plugin'
import type { BoundExample, BoundExamples } from '../mapping/bind-examples.ts'
import type { Feature } from '../mapping/feature.ts'
import { writeBase64 } from './nested-list.ts'

/**
 * Writes the body of `POST …:classify` and `…:regress`.
 * @throws {ValidationError} for numbers that JSON cannot express
 */
export function writeExamplesBody({ examples, context }: BoundExamples, signature: string): string {
  const problems: Problem[] = []
  const write = (path: string, example: BoundExample): string => {
    const members = example.map(([name, feature]) => {
      try {
        return `${JSON.stringify(name)}:[${writeValues(feature).join(',')}]`
      } catch (error) {
        if (!(error instanceof ElementError)) throw error
        problems.push({ path: `${path}.${name}`, message: error.message })
        return ''
      }
    })
    return `{${members.join(',')}}`
  }
  const shared = context === null ? '' : `"context":${write('context', context)},`
  const list = examples.map((example, index) => write(`examples[${index}]`, example))
  if (problems.length > 0)
    throw new ValidationError('The input', problems, { advice: 'Change the values, or send them over gRPC.' })
  return `{"signature_name":${JSON.stringify(signature)},${shared}"examples":[${list.join(',')}]}`
}

function writeValues(feature: Feature): string[] {
  switch (feature.kind) {
    case 'float':
      return feature.values.map(writeFloat)
    case 'int64':
      return feature.values.map(String)
    case 'bytes':
      return feature.values.map((value) =>
        typeof value === 'string' ? JSON.stringify(value) : writeBase64(value),
      )
  }
}

/** Servers take a number without a point or an exponent for an integer, and make a list of those. */
function writeFloat(value: number, index: number): string {
  if (!Number.isFinite(value)) throw new ElementError(`has ${value} at ${index}, which JSON cannot express.`)
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}
