import type { Gauge } from '../../session.ts'
import { CounterRate, rateGauge, type HostPart } from './host-part.ts'
import { ProcFile } from './proc-file.ts'

/**
 * Share of the time in which some thread (`full`: every thread that was not idle) waited for a resource, as Linux counts
 * it (PSI).
 */
export class PressurePart implements HostPart {
  readonly gauges: readonly Gauge[]
  readonly #sources: readonly {
    readonly path: string
    readonly kind: 'some' | 'full'
    readonly rate: CounterRate
  }[]
  readonly #file = new ProcFile()

  /** @param files by the name of their gauge */
  constructor(files: Readonly<Record<string, string>>) {
    const sources = Object.entries(files).flatMap(([name, path]) =>
      // For CPU as a whole there is no `full`: something always runs.
      (name.endsWith('cpu') ? (['some'] as const) : (['some', 'full'] as const)).map((kind) => ({
        name: kind === 'some' ? name : `${name}.full`,
        path,
        kind,
        rate: new CounterRate(),
      })),
    )
    this.#sources = sources
    this.gauges = sources.map(({ name }) => rateGauge(name, '1', [0, 1]))
  }

  read(into: Float64Array, seconds: number): void {
    for (const [index, { path, kind, rate }] of this.#sources.entries()) {
      const [, total] = new RegExp(`^${kind} .*total=(\\d+)$`, 'm').exec(this.#file.read(path) ?? '') ?? []
      // The kernel updates the total now and then: a short period may hold more than itself.
      into[index] = Math.min(1, rate.next(total === undefined ? NaN : Number(total) / 1e6, seconds))
    }
  }
}
