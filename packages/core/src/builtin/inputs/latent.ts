import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

export interface LatentOptions extends GeneratorOptions<SpecialValues | 'empty-batch'> {
  /** Of one sample: a number for the vector of a GAN, `[4, 64, 64]` for the latent image of a diffusion model. */
  readonly shape: number | readonly number[]
  /** Samples per request; 1 by default. */
  readonly batch?: number
  /** What the model takes by default, `FP32` where that is not known. */
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'FP64'
  /** The name of the model's input; its only input, or its only one beside the time step by default. */
  readonly name?: string
  /** The time step of a diffusion model, uniform from 0 to `steps` − 1 (999 by default), one for each sample. */
  readonly timestep?: { readonly name: string; readonly steps?: number }
}

/**
 * Latent vectors and images of generative models, N(0, 1).
 * @example input: latent({ shape: [4, 64, 64], name: 'sample', timestep: { name: 'timestep' } })
 */
export function latent(options: LatentOptions): InputSpec {
  return inputSpec('latent', options)
}
