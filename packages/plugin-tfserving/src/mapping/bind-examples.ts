import { ElementError } from '@servebench/plugin-oip/protocol'
import { ValidationError } from 'servebench/plugin'
import type { Problem } from 'servebench/plugin'
import type { TfServingExample, TfServingExamplesRequest } from '../request.ts'
import { readFeature } from './feature.ts'
import type { Feature } from './feature.ts'

export type BoundExample = readonly (readonly [name: string, feature: Feature])[]

/** Examples whose features have kinds. */
export interface BoundExamples {
  readonly examples: readonly BoundExample[]
  /** `null`: none. */
  readonly context: BoundExample | null
  readonly items: number
  readonly label: string | undefined
}

/**
 * Checks a request of examples. Which features a model takes, servers do not say.
 * @throws {ValidationError} with everything that is wrong
 */
export function bindExamples({ examples, context, items, label }: TfServingExamplesRequest): BoundExamples {
  const problems: Problem[] = []
  const bind = (path: string, example: TfServingExample): BoundExample => {
    if (typeof example !== 'object' || example === null || Array.isArray(example)) {
      problems.push({ path, message: 'must be an object of features by name.' })
      return []
    }
    return Object.entries(example).flatMap(([name, value]): BoundExample => {
      try {
        return [[name, readFeature(value)]]
      } catch (error) {
        if (!(error instanceof ElementError)) throw error
        problems.push({ path: `${path}.${name}`, message: error.message })
        return []
      }
    })
  }
  if (!Array.isArray(examples) || examples.length === 0)
    problems.push({ path: 'examples', message: 'must be a list of at least one example.' })
  const given = Array.isArray(examples) ? (examples as readonly TfServingExample[]) : []
  const bound = given.map((example, index) => bind(`examples[${index}]`, example))
  const shared = context === undefined ? null : bind('context', context)
  for (const [index, example] of bound.entries()) {
    for (const [name] of example) {
      if (shared?.some(([other]) => other === name))
        problems.push({ path: `examples[${index}].${name}`, message: 'is in the context, too.' })
    }
  }
  if (problems.length > 0) {
    throw new ValidationError('The input', problems, {
      advice: 'Give examples: [{ feature: value or list, … }], and the context where all share something.',
    })
  }
  return { examples: bound, context: shared, items: items ?? bound.length, label }
}
