import { resolve } from 'node:path'
import type { CreateSampler, Gauge, HttpHeaders, Sampler, SamplingContext } from '../../session.ts'
import { readLog } from './log-reader.ts'
import { PowerLog } from './power-log.ts'
import { readCommand, readUrl, type ReadMeter } from './read-meter.ts'
import { UNITS, type MeterSettings } from './settings.ts'

/** Readings in a row that fail before the meter counts as lost. */
const MOST_FAILURES = 5

export const createSampler: CreateSampler = async (options, context) => {
  const settings = options as unknown as MeterSettings
  const { read, close } = openMeter(settings, context)
  try {
    // A meter that does not answer now is told before the load.
    await read()
    return new MeterSampler(settings, read, close, context)
  } catch (error) {
    close()
    throw error
  }
}

function openMeter(
  settings: MeterSettings,
  { root, warn }: SamplingContext,
): { readonly read: ReadMeter; readonly close: () => void } {
  const { source } = settings
  switch (source.from) {
    case 'command':
      return { read: readCommand(source.command, settings), close: () => {} }
    case 'url':
      return { read: readUrl(source.url, source.headers as HttpHeaders, settings), close: () => {} }
    case 'csv': {
      const log = new PowerLog(resolve(root, source.path), source.time, source.value)
      return { read: readLog(log, source.clockOffset / 1e6, warn), close: () => log.close() }
    }
  }
}

class MeterSampler implements Sampler {
  readonly gauges: readonly Gauge[]
  readonly period: number
  readonly #read: ReadMeter
  readonly #close: () => void
  readonly #context: SamplingContext
  readonly #factor: number
  readonly #isCounter: boolean
  #joules = NaN
  #at = NaN
  #failures = 0

  constructor(
    { name, scope, unit, period }: MeterSettings,
    read: ReadMeter,
    close: () => void,
    context: SamplingContext,
  ) {
    this.period = period
    this.#read = read
    this.#close = close
    this.#context = context
    this.#factor = UNITS[unit]
    this.#isCounter = !unit.endsWith('W')
    this.gauges = [
      {
        name: `${name}.power`,
        unit: 'W',
        bounds: [0, 1e7],
        covers: this.#isCounter ? 'interval' : 'instant',
        power: { scope, method: this.#isCounter ? 'counter' : 'average' },
      },
    ]
  }

  async read(into: Float64Array, now: number): Promise<void> {
    let value: number
    try {
      value = (await this.#read()) * this.#factor
      this.#failures = 0
    } catch (error) {
      this.#failures += 1
      if (this.#failures >= MOST_FAILURES) throw error
      if (this.#failures === 1) this.#context.warn(`the meter gave no reading: ${(error as Error).message}`)
      return
    }
    if (!this.#isCounter) {
      into[0] = value
      return
    }
    const seconds = (now - this.#at) / 1e9
    const joules = value - this.#joules
    // A meter that was switched off and on counts from zero.
    if (seconds > 0 && joules >= 0) into[0] = joules / seconds
    this.#joules = value
    this.#at = now
  }

  dispose(): void {
    this.#close()
  }
}
