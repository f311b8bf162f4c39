import { fileURLToPath } from 'node:url'
import type { CreateSampler, Gauge, Sampler, SamplingContext } from 'servebench/session'
import { moduleUrl } from 'servebench/plugin'
import { ReaderProcess } from './reader-process.ts'
import type { NvmlSettings } from './settings.ts'

export const createSampler: CreateSampler<NvmlSettings> = async (settings, context) => {
  const program = fileURLToPath(moduleUrl(import.meta.url, './reader'))
  const reader = new ReaderProcess(process.execPath, [program, JSON.stringify(settings)])
  try {
    const answer = await reader.next()
    if (answer.type !== 'ready') throw new Error('the process that reads the GPUs answers out of turn')
    for (const warning of answer.warnings) context.warn(warning)
    return new NvmlSampler(reader, answer.gauges, settings.period, context)
  } catch (error) {
    await reader.end()
    throw error
  }
}

/** Readings of all GPUs, by a process that is asked once per period. */
class NvmlSampler implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #reader: ReaderProcess
  readonly #context: SamplingContext

  constructor(reader: ReaderProcess, gauges: readonly Gauge[], period: number, context: SamplingContext) {
    this.#reader = reader
    this.gauges = gauges
    this.period = period
    this.#context = context
  }

  async read(into: Float64Array, now: number): Promise<void> {
    this.#reader.ask({ now })
    const answer = await this.#reader.next()
    if (answer.type !== 'reading') throw new Error('the process that reads the GPUs answers out of turn')
    for (const warning of answer.warnings) this.#context.warn(warning)
    for (const [index, value] of answer.values.entries()) if (value !== null) into[index] = value
  }

  async dispose(): Promise<void> {
    await this.#reader.end()
  }
}
