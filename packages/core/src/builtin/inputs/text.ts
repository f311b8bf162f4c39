import type { InputSpec } from '../../plugin.ts'
import type { JsonObject } from '../../plugin.ts'

export interface TextOptions {
  /** Words per text, fixed or evenly distributed between two numbers; 20 by default. */
  readonly words?: number | readonly [least: number, most: number]
  /** Different samples; 64 by default. */
  readonly distinct?: number
}

/** Texts of random English-like words. */
export function text(options: TextOptions = {}): InputSpec {
  return { input: 'text', package: 'servebench', options: options as JsonObject }
}
