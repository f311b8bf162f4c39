import type { InputSpec, JsonObject } from '../../plugin.ts'

/** Inputs that this package makes. */
export function inputSpec(input: string, options: object): InputSpec {
  return { input, package: 'servebench', options: options as JsonObject }
}
