import type { JsonObject } from '../units/json.ts'
import type { Random } from './random.ts'

/** Inputs that a plugin makes, such as images of a size; factories in `servebench/inputs` and in plugins return these. */
export interface InputSpec {
  /** The kind, which its provider taps on `createInput`. */
  readonly input: string
  /** The npm package whose plugin makes the inputs. */
  readonly package: string
  readonly options: JsonObject
}

export function isInputSpec(value: unknown): value is InputSpec {
  const spec = value as Partial<InputSpec> | null | undefined
  return (
    typeof spec === 'object' &&
    spec !== null &&
    typeof spec.input === 'string' &&
    typeof spec.package === 'string' &&
    typeof spec.options === 'object'
  )
}

export interface GenerateContext {
  /** Counts the payloads of a trial from 0. */
  readonly index: number
  /** Seeded for this payload alone: the same in every run with the same seed. */
  readonly random: Random
}

/** Inputs from a function; see {@link generate}. */
export interface GeneratedInput<Request> {
  readonly generate: (context: GenerateContext) => Request | Promise<Request>
}

/**
 * Inputs from a function of the bench file: a sample or a target's own request. It is called before the load starts,
 * once for each distinct payload (64 by default), never while measuring.
 * @example input: generate(({ random }) => ({ text: WORDS[random.int(WORDS.length)] }))
 */
export function generate<Request>(
  make: (context: GenerateContext) => Request | Promise<Request>,
): GeneratedInput<Request> {
  return { generate: make }
}

export function isGeneratedInput(value: unknown): value is GeneratedInput<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<GeneratedInput<unknown>>).generate === 'function'
  )
}
