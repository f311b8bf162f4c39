import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'

export interface MixedPart {
  readonly input: InputSpec
  /** Of all requests: weights need not add up to 1. 1 by default. */
  readonly weight?: number
}

/**
 * Several inputs in one stream. Each part has as many payloads as its weight says, to within one, dealt evenly, and its
 * name is the label that splits the distributions in the result; labels of its own stand behind it. There are as many
 * payloads as `payloads.count` allows: raise it for parts that are rare.
 * @example input: mixed({ short: { input: text({ words: 10 }), weight: 9 }, long: { input: text({ words: 500 }) } })
 */
export function mixed(parts: Readonly<Record<string, InputSpec | MixedPart>>): InputSpec {
  return inputSpec('mixed', {
    parts: Object.entries(parts).map(([label, part]) =>
      isPart(part)
        ? { label, weight: part.weight ?? 1, input: part.input }
        : { label, weight: 1, input: part },
    ),
  })
}

function isPart(part: InputSpec | MixedPart): part is MixedPart {
  return typeof part.input !== 'string'
}
