/**
 * What inputs cost: how fast payloads are made and encoded before a trial, the memory that a ring of them takes
 * meanwhile, and what choosing one costs while measuring: nothing may be allocated there. Exits with 1 when a bound is
 * broken. Rates depend on the machine; compare lines of one run.
 *
 *     node --expose-gc --conditions=servebench-source bench/inputs/generate.ts
 */
import { encodePayloads } from '../../packages/core/src/aide/encode-payloads.ts'
import { UserCall } from '../../packages/core/src/aide/user-call.ts'
import { StreamLoad, type StreamLoadOptions } from '../../packages/core/src/engine/stream-load.ts'
import type { InputSpec, Sample, TensorData } from '../../packages/core/src/plugin.ts'
import {
  audio,
  bytes,
  detection,
  image,
  latent,
  pointCloud,
  recommendation,
  tabular,
  text,
  timeSeries,
  tokens,
  video,
} from '../../packages/core/src/inputs.ts'
import { createSource } from '../../packages/core/src/builtin/inputs/source.ts'
import { createRandom } from '../../packages/core/src/stats/seed.ts'
import { preparedPayloads } from '../../packages/core/src/worker/prepared-payloads.ts'

const MIB = 1024 * 1024
const SEED = { seed: 'bench', path: ['inputs'], repeat: 0 } as const
/** Of all payloads: samples, their encoded form, the ring, and what is garbage. */
const MOST_MEMORY = 3.5
const MOST_PER_REQUEST = 0.1
const REQUESTS = 20_000_000

const KINDS: Readonly<Record<string, InputSpec>> = {
  'image 224² FP32': image({ name: 'x', size: 224 }),
  'image 224² FP32, smooth': image({ name: 'x', size: 224, noise: 0.2 }),
  'image 224² UINT8': image({ name: 'x', size: 224, datatype: 'UINT8' }),
  'image 224² zeros': image({ name: 'x', size: 224, values: 'zeros' }),
  'image 224² JPEG': image({ name: 'x', size: 224, format: 'jpeg' }),
  'image 1080p JPEG': image({ name: 'x', size: [1080, 1920], format: 'jpeg' }),
  'image 224² PNG': image({ name: 'x', size: 224, format: 'png' }),
  'detection 640² FP32': detection({ name: 'x' }),
  'latent 4 × 64 × 64': latent({ name: 'x', shape: [4, 64, 64] }),
  'tokens 8 × 512': tokens({ length: 512, batch: 8, names: { ids: 'x', mask: null } }),
  'tokens 8 × 512, Zipf': tokens({ length: 512, batch: 8, ids: 'zipf', names: { ids: 'x', mask: null } }),
  'text 500 words': text({ words: 500 }),
  'audio 10 s': audio({ name: 'x', seconds: 10 }),
  'audio 10 s log-mel': audio({ name: 'x', seconds: 10, format: 'log-mel' }),
  'audio 10 s WAV': audio({ name: 'x', seconds: 10, format: 'wav' }),
  'recommendation 26 tables × 2048': recommendation({
    tables: { count: 26, rows: 1_000_000 },
    batch: 2048,
    dense: 0,
    names: { ids: 'x' },
  }),
  'tabular 1024 × 64': tabular({ name: 'x', features: 64, batch: 1024 }),
  'time series 64 × 512': timeSeries({ name: 'x', steps: 512, batch: 64 }),
  'video 16 × 112²': video({ name: 'x', frames: 16, size: 112 }),
  'point cloud 20 000': pointCloud({ name: 'x', points: 20_000 }),
  'bytes 1 MiB': bytes({ size: '1MiB' }),
}

for (const [name, spec] of Object.entries(KINDS)) console.log(await rate(name, spec))
await measureRing()

async function rate(name: string, { input, options }: InputSpec): Promise<string> {
  const source = await createSource({ kind: input as 'image', options, metadata: null })
  let best = 0
  let size = 0
  for (let round = 0; round < 4; round++) {
    const start = performance.now()
    let made = 0
    let count = 0
    while (performance.now() - start < 250) {
      const random = createRandom({ ...SEED, stream: 'main', purpose: `input/${count}` })
      size = sizeOf((await source.sample(count++, random, () => random)) as Sample)
      made += size
    }
    best = Math.max(best, made / (performance.now() - start) / 1e3)
  }
  return `${name}: ${best.toFixed(best < 10 ? 1 : 0)} MB/s of ${(size / 1024).toFixed(0)} KiB payloads`
}

function sizeOf(sample: Sample): number {
  if ('text' in sample) return sample.text.length
  if ('bytes' in sample) return sample.bytes.length
  if (!('tensors' in sample)) return 0
  return Object.values(sample.tensors).reduce((sum, { data }) => sum + bytesOf(data), 0)
}

function bytesOf(data: TensorData): number {
  return ArrayBuffer.isView(data) ? data.byteLength : 0
}

async function measureRing(): Promise<void> {
  const { gc } = globalThis as { gc?: () => void }
  if (gc === undefined) throw new Error('Run with --expose-gc.')
  gc()
  const before = memory()
  let most = 0
  const watch = setInterval(() => (most = Math.max(most, memory())), 1)
  const input = image({ name: 'x', size: 224, batch: 4, distinct: 64 })
  const source = new URL('../../packages/core/src/builtin/inputs/source.ts', import.meta.url).href
  const ring = await encodePayloads(
    {
      name: 'main',
      codec: { module: new URL('./raw-codec.ts', import.meta.url).href, options: {} },
      input: {
        from: 'module',
        reference: {
          module: source,
          options: { kind: 'image', options: input.options, metadata: null },
        },
      },
      limit: { count: 64, bytes: 256 * MIB },
      seed: SEED,
    },
    '.',
    new UserCall(),
  )
  most = Math.max(most, memory())
  clearInterval(watch)
  const size = ring.buffer.byteLength
  check(
    (most - before) / size <= MOST_MEMORY,
    `${ring.entries.length} payloads of ${(size / ring.entries.length / MIB).toFixed(1)} MiB: a ring of ${(size / MIB).toFixed(0)} MiB, ${((most - before) / size).toFixed(2)} times that while it is made`,
  )
  const prepared = preparedPayloads(ring)
  const stream = new StreamLoad({ prepared, retryOn: [] } as unknown as StreamLoadOptions)
  let sum = 0
  for (let unit = 0; unit < 100_000; unit++) sum += stream.payload(unit, 0).bytes.length
  gc()
  const heap = process.memoryUsage().heapUsed
  const start = performance.now()
  for (let unit = 0; unit < REQUESTS; unit++) sum += stream.payload(unit, 0).bytes.length
  const nanos = ((performance.now() - start) * 1e6) / REQUESTS
  const each = Math.max(0, process.memoryUsage().heapUsed - heap) / REQUESTS
  check(
    each <= MOST_PER_REQUEST && sum > 0,
    `choosing a payload: ${nanos.toFixed(1)} ns and ${each.toFixed(4)} bytes of heap per request`,
  )
}

function memory(): number {
  const { heapUsed, arrayBuffers, external } = process.memoryUsage()
  return heapUsed + Math.max(arrayBuffers, external)
}

function check(holds: boolean, line: string): void {
  console.log(`${holds ? 'ok    ' : 'BROKEN'} ${line}`)
  if (!holds) process.exitCode = 1
}
