import type { InputSpec } from '../../plugin.ts'
import { inputSpec } from './input-spec.ts'
import type { Length } from './length.ts'
import type { GeneratorOptions, SpecialValues } from './values.ts'

export interface AudioOptions extends GeneratorOptions<SpecialValues | 'silence' | 'empty-batch'> {
  /** Of each recording; with fractions. */
  readonly seconds: Length
  /** Samples per second; 16 000 by default. */
  readonly rate?: number
  /**
   * `'pcm'` (the default): samples; `'log-mel'`: the decibels of mel bands, as Whisper takes them, 100 frames per second;
   * `'wav'`: a file with 16-bit samples.
   */
  readonly format?: 'pcm' | 'log-mel' | 'wav'
  /** Of `'log-mel'`; 80 by default. */
  readonly mels?: number
  /** Recordings per request, filled up with silence to the longest; 1 by default. */
  readonly batch?: number
  /** Share of noise beside the tones of a voice; 0.1 by default. */
  readonly noise?: number
  /** `INT16`, or floating point from −1 to 1. What the model takes by default, `FP32` where that is not known. */
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'INT16'
  /** The name of the model's input; its only input, or its only one beside the lengths by default. */
  readonly name?: string
  /** The input that takes how many samples (or frames) each recording has, where there is one. */
  readonly lengths?: string
}

/** Mono recordings: a tone that glides like a voice, with overtones, and noise. `'silence'` is a special value. */
export function audio(options: AudioOptions): InputSpec {
  return inputSpec('audio', options)
}
