import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'

/**
 * One sample of an input, again and again: the cheapest for the generator, and the one that caches like best. A result
 * says so when it was answered from a cache.
 * @param options `index`: which sample; 0 by default
 * @example input: repeat(image({ size: 224 }))
 */
export function repeat(input: InputSpec, options: { readonly index?: number } = {}): InputSpec {
  return inputSpec('repeat', { input, ...options })
}
