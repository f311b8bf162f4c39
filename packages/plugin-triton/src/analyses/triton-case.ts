import { measuredCases } from 'servebench/plugin'
import type { MeasuredCase, RunResult } from 'servebench/plugin'
import { KIND } from '../server.ts'

/** A stream of a case whose target is a Triton server, with all its repeats. */
export interface TritonCase extends Omit<MeasuredCase, 'target'> {
  readonly model: string
}

/** The cases of a run that measured Triton servers. */
export function tritonCases(result: RunResult): readonly TritonCase[] {
  return measuredCases(result, KIND).map(({ target, ...rest }) => ({
    ...rest,
    model: target.options['model'] as string,
  }))
}
