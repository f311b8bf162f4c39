import { createInterface } from 'node:readline'
import { loadNvml } from './nvml/library.ts'
import { Gpus } from './nvml/gpus.ts'
import type { ReaderAnswer, ReadRequest } from './reader-protocol.ts'
import type { NvmlSettings } from './settings.ts'

/**
 * The process that calls into the driver: when the driver hangs or crashes, it takes nothing else along. It ends when its
 * input does, also when whoever started it was killed.
 */
const settings = JSON.parse(process.argv[2] ?? '{}') as NvmlSettings
serve().catch((error: unknown) => {
  answer({ type: 'failed', message: (error as Error).message })
})

async function serve(): Promise<void> {
  using gpus = new Gpus(await loadNvml(settings.libraries), settings)
  const gauges = gpus.gpus.flatMap(({ probes }) => probes.map(({ gauge }) => gauge))
  answer({ type: 'ready', driver: gpus.driver, gauges: gauges.map(finite), warnings: gpus.warnings })
  const values = new Float64Array(gauges.length)
  const told = new Set<number>()
  for await (const line of createInterface(process.stdin)) {
    const { now } = JSON.parse(line) as ReadRequest
    values.fill(NaN)
    const warnings: string[] = []
    let first = 0
    for (const [index, gpu] of gpus.gpus.entries()) {
      gpu.read(values, first, now)
      first += gpu.probes.length
      if (gpu.lost === null || told.has(index)) continue
      told.add(index)
      warnings.push(`${gpu.title} was lost: ${gpu.lost.message}`)
    }
    if (told.size === gpus.gpus.length) {
      answer({ type: 'failed', message: warnings.join('; ') })
      return
    }
    answer({
      type: 'reading',
      values: [...values].map((value) => (Number.isNaN(value) ? null : value)),
      warnings,
    })
  }
}

/** JSON has no infinity: such a bound is left out by the sampler. */
function finite<G extends { readonly bounds?: readonly [number, number] }>(gauge: G): G {
  const [low = 0, high = Infinity] = gauge.bounds ?? []
  return { ...gauge, bounds: [low, Number.isFinite(high) ? high : Number.MAX_VALUE] }
}

function answer(message: ReaderAnswer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
