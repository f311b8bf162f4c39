import { setTimeout as delay } from 'node:timers/promises'
import { describeSampler, type SamplerDescription } from '../aide/describe-sampler.ts'
import type { CreateSampler, Sampler } from '../aide/sampler.ts'
import { importUserModule } from '../collector/import-module.ts'
import { userFile } from '../collector/user-module.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { ModuleReference } from '../hooks/module-reference.ts'
import type { Nanos } from '../units/nanos.ts'
import { Breach, within } from './breach.ts'
import type { SamplerCheckOptions, SamplerCheckReport } from './check-sampler.ts'

const POLL_MS = 10
/** Slots around those that a sampler may write to. */
const GUARD = 4
const MARK = -12_345.678

/** A sampler under test: opens it, reads it, and knows what it leaves behind. */
export class SamplerBench<Options extends SamplerCheckOptions = SamplerCheckOptions> {
  readonly reference: ModuleReference
  readonly options: Options
  readonly warnings: string[] = []
  readonly #patience: number
  readonly #began = performance.now()
  readonly #open = new Set<OpenSampler>()
  readonly #times: Nanos[] = []
  #period: Nanos = 0

  constructor(reference: ModuleReference, options: Options, patience: number) {
    this.reference = reference
    this.options = options
    this.#patience = patience
  }

  get cost(): SamplerCheckReport['cost'] {
    const sorted = this.#times.toSorted((one, other) => one - other)
    const median = sorted[Math.floor(sorted.length / 2)] ?? 0
    return { period: this.#period, median, share: this.#period > 0 ? median / this.#period : 0 }
  }

  async module(
    reference: ModuleReference = this.reference,
  ): Promise<{ readonly createSampler: CreateSampler }> {
    const file = userFile(reference.module)
    const module = (file === undefined ? await import(reference.module) : await importUserModule(file)) as {
      createSampler?: CreateSampler
    }
    const { createSampler } = module
    if (typeof createSampler === 'function') return { createSampler }
    throw new Breach('its module exports no function `createSampler`.', true)
  }

  async open(reference: ModuleReference = this.reference): Promise<OpenSampler> {
    const { createSampler } = await this.module(reference)
    const context = {
      root: this.options.root ?? process.cwd(),
      warn: (message: string): void => void this.warnings.push(message),
      file: (): null => null,
    }
    // As it arrives in another thread.
    const options = structuredClone(reference.options)
    const sampler = await this.within(
      Promise.resolve().then(() => createSampler(options, context)),
      '`createSampler`',
    )
    const opened = { sampler, description: describeSampler(sampler), last: -1 }
    this.#period = opened.description.period
    this.#open.add(opened)
    return opened
  }

  /** @throws {Breach} that is final: of a sampler that cannot be opened there is nothing to check */
  async openFirst(): Promise<OpenSampler> {
    try {
      return await this.open()
    } catch (error) {
      throw new Breach(`it cannot be opened: ${messageOf(error)}`, true)
    }
  }

  /** One reading, by gauge. */
  async read(opened: OpenSampler): Promise<Record<string, number>> {
    const { gauges } = opened.description
    const slots = new Float64Array(gauges.length + 2 * GUARD).fill(MARK)
    const into = slots.subarray(GUARD, GUARD + gauges.length).fill(NaN)
    const began = performance.now()
    opened.last = Math.max(opened.last + 1, (began - this.#began) * 1e6)
    await this.within(
      Promise.resolve().then(() => opened.sampler.read(into, opened.last)),
      '`read`',
    )
    this.#times.push((performance.now() - began) * 1e6)
    const guards = [...slots.subarray(0, GUARD), ...slots.subarray(GUARD + gauges.length)]
    this.require(
      guards.every((value) => value === MARK),
      '`read` writes outside of its slots.',
    )
    return Object.fromEntries(gauges.map(({ name }, index) => [name, into[index] as number]))
  }

  /** Readings, a period apart. */
  async readings(opened: OpenSampler, count: number): Promise<Record<string, number>[]> {
    const readings: Record<string, number>[] = []
    while (readings.length < count) {
      if (readings.length > 0) await this.pass(opened)
      readings.push(await this.read(opened))
    }
    return readings
  }

  async pass({ description }: OpenSampler): Promise<void> {
    if (this.options.advance === undefined) await delay(description.period / 1e6)
    else await this.options.advance()
  }

  async close(opened: OpenSampler): Promise<void> {
    if (!this.#open.delete(opened)) return
    await this.within(
      Promise.resolve().then(() => opened.sampler.dispose?.()),
      '`dispose`',
    )
  }

  async release(): Promise<void> {
    for (const opened of this.#open) await this.close(opened).catch(() => {})
  }

  async within<T>(promise: Promise<T>, what: string): Promise<T> {
    return await within(promise, what, this.#patience)
  }

  /** Waits until it holds, or it has taken too long. */
  async until(holds: () => boolean): Promise<boolean> {
    const deadline = performance.now() + this.#patience
    while (!holds()) {
      if (performance.now() >= deadline) return false
      await delay(POLL_MS)
    }
    return true
  }

  require(holds: boolean, message: string): void {
    if (!holds) throw new Breach(message)
  }
}

export interface OpenSampler {
  readonly sampler: Sampler
  readonly description: SamplerDescription
  /** The instant of the last reading. */
  last: Nanos
}
