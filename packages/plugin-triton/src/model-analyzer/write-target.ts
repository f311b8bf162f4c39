import { SourceText, WrittenCall, WrittenFunction } from 'servebench/plugin'
import { PACKAGE } from '../server.ts'
import type { ModelAnalyzerModel, ModelAnalyzerStudy } from './study.ts'

type Options = Readonly<Record<string, unknown>>

/** `triton(…)`, as a function of the batch where that is an axis. */
export function writeTarget(
  { protocol }: ModelAnalyzerStudy,
  { name, batchSizes, shapes, streaming, calls }: ModelAnalyzerModel,
  isOfBatch: boolean,
): WrittenCall | WrittenFunction {
  const [batch = 1] = batchSizes
  const input = {
    ...(isOfBatch ? { batch: new SourceText('batch') } : batch === 1 ? {} : { batch }),
    ...(Object.keys(shapes).length === 0 ? {} : { shapes }),
  }
  const call = new WrittenCall('triton', PACKAGE, {
    model: name,
    protocol,
    ...(streaming ? { stream: 'shared' } : {}),
    ...(calls.length === 0 ? {} : { composing: { [name]: calls } }),
    ...(Object.keys(input).length === 0 ? {} : { defaultInput: input }),
  })
  return isOfBatch ? new WrittenFunction(['batch'], call) : call
}

/** `input`, unless random tensors are what is wanted. */
export function writeInput({ inputs, shapes, batchSizes }: ModelAnalyzerModel, isOfBatch = false): Options {
  const file = inputs.find(isData)
  const [batch = 1] = batchSizes
  if (file !== undefined) {
    const rows = isOfBatch ? { batch: new SourceText('batch') } : batch === 1 ? {} : { batch }
    const call = new WrittenCall('perfAnalyzerData', PACKAGE, { file, ...rows })
    return { input: isOfBatch ? new WrittenFunction(['batch'], call) : call }
  }
  if (!inputs.includes('zero')) return {}
  const argument = { values: 'zeros', ...(Object.keys(shapes).length === 0 ? {} : { shapes }) }
  return { input: new WrittenCall('tensors', 'servebench/inputs', argument) }
}

/** A file of perf_analyzer; anything else would be a folder. */
export function isData(input: string): boolean {
  return input.endsWith('.json')
}
