import { createHash } from 'node:crypto'
import type { GenerateContext } from '../dsl/input.ts'
import type { Encoded, SessionModule, TargetCodec } from '../engine/session.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import type { Random } from '../stats/prng.ts'
import { createRandom } from '../stats/seed.ts'
import { formatBytes } from '../units/bytes.ts'
import { MILLISECOND, type Nanos } from '../units/nanos.ts'
import type { PayloadEntry } from '../worker/protocol.ts'
import type { EncodedRing, EncodeStream, ResolvedInput } from './protocol.ts'
import type { CreateSource, SampleSource } from './sample-source.ts'
import { UserFunction, type UserCall } from './user-call.ts'

/** Encodes a stream's payloads into shared memory, once, before the trial. */
export async function encodePayloads(
  stream: EncodeStream,
  root: string,
  call: UserCall,
): Promise<EncodedRing> {
  const module = (await import(stream.codec.module)) as SessionModule
  const codec = await module.createCodec(stream.codec.options)
  const source = await openSource(stream.input, root)
  const requests: unknown[] = []
  const ring = await encodeSome({ stream, codec, source, call }, 0, (request) => {
    if (requests.length < TIMED_REQUESTS) requests.push(request)
  })
  return {
    ...ring,
    encodeTime: source.files === undefined ? await timeEncoding(codec, requests, call) : null,
    ...(source.units === undefined ? {} : { units: source.units }),
    ...(source.files === undefined ? {} : { files: source.files }),
    ...(source.datasets === undefined ? {} : { datasets: source.datasets }),
  }
}

export interface EncodeParts {
  readonly stream: EncodeStream
  readonly codec: TargetCodec
  readonly source: SampleSource
  readonly call: UserCall
}

/**
 * Encodes samples from the one with the index `from` on, as many as the stream's limit has room for; at least one where
 * there is one.
 */
export async function encodeSome(
  { stream, codec, source, call }: EncodeParts,
  from: number,
  onRequest: (request: unknown) => void = () => {},
): Promise<EncodedRing> {
  const until = Math.min(from + stream.limit.count, source.distinct ?? Infinity)
  const payloads: { encoded: Encoded; parts: readonly Uint8Array[]; length: number }[] = []
  let total = 0
  const seeded = (index: number): Random =>
    createRandom({ ...stream.seed, stream: stream.name, purpose: `input/${index}` })
  for (let index = from; index < until; index++) {
    call.begin(UserFunction.input)
    const encoded = await sampleOne(source, index, seeded)
      .then((request) => {
        onRequest(request)
        return encodeOne(codec, request)
      })
      .finally(() => call.end())
    const parts = encoded.bytes instanceof Uint8Array ? [encoded.bytes] : encoded.bytes
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    if (total + length > stream.limit.bytes && payloads.length > 0) break
    if (length > stream.limit.bytes) {
      throw new ServebenchError(
        'SERVEBENCH_PAYLOAD',
        `A payload of ${formatBytes(length)} exceeds the budget of ${formatBytes(stream.limit.bytes)} for payloads.`,
        { advice: 'Raise payloads.bytes, or send smaller inputs.' },
      )
    }
    payloads.push({ encoded, parts, length })
    total += length
  }
  const buffer = new SharedArrayBuffer(total)
  const bytes = new Uint8Array(buffer)
  const hashes = new Set<string>()
  const entries: PayloadEntry[] = []
  let offset = 0
  for (const { encoded, parts, length } of payloads) {
    let at = offset
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    hashes.add(
      createHash('sha1')
        .update(Buffer.from(buffer, offset, length))
        .digest('base64'),
    )
    entries.push({
      offset,
      length,
      items: encoded.items ?? 1,
      patches: encoded.patches ?? [],
      meta: encoded.meta ?? null,
      label: encoded.label ?? null,
    })
    offset += length
  }
  return { buffer, entries, distinct: hashes.size, encodeTime: null }
}

/** Different requests that are encoded again to see how long that takes. */
const TIMED_REQUESTS = 16
const TIMED_MS = 10
const TIMED_MOST = 2000

/**
 * How long the codec takes for a request. They are encoded over and over, for a short time at most; what counts is the
 * later half, when the code is warm.
 */
async function timeEncoding(
  codec: TargetCodec,
  requests: readonly unknown[],
  call: UserCall,
): Promise<Nanos | null> {
  const times: number[] = []
  const end = performance.now() + TIMED_MS
  call.begin(UserFunction.input)
  try {
    for (let at = performance.now(); times.length < TIMED_MOST && requests.length > 0;) {
      await codec.encode(requests[times.length % requests.length])
      const now = performance.now()
      times.push(Math.round((now - at) * MILLISECOND))
      if (now > end) break
      at = performance.now()
    }
  } finally {
    call.end()
  }
  const late = times.slice(times.length >> 1).toSorted((a, b) => a - b)
  return late[late.length >> 1] ?? null
}

async function sampleOne(
  source: SampleSource,
  index: number,
  seeded: (index: number) => Random,
): Promise<unknown> {
  try {
    return await source.sample(index, seeded(index), seeded)
  } catch (cause) {
    if (cause instanceof ServebenchError) throw cause
    throw new ServebenchError(
      'SERVEBENCH_INPUT',
      `\`input\` threw for payload ${index}: ${messageOf(cause)}`,
      { cause },
    )
  }
}

async function encodeOne(codec: TargetCodec, request: unknown): Promise<Encoded> {
  const encoded = await codec.encode(request)
  // A sample says itself how many inferences it holds and which label it has; a codec need not repeat it.
  const facts = (typeof request === 'object' && request !== null ? request : {}) as {
    items?: unknown
    label?: unknown
  }
  return {
    ...encoded,
    ...(encoded.items === undefined && typeof facts.items === 'number' ? { items: facts.items } : {}),
    ...(encoded.label === undefined && typeof facts.label === 'string' ? { label: facts.label } : {}),
  }
}

type MakeSample = ((context: GenerateContext) => unknown) & { readonly distinct?: number }

export async function openSource(input: ResolvedInput, root: string): Promise<SampleSource> {
  switch (input.from) {
    case 'module': {
      const { createSource } = (await import(input.reference.module)) as { createSource: CreateSource }
      return await createSource(input.reference.options)
    }
    case 'literal': {
      const { value } = input
      return { distinct: 1, sample: () => value }
    }
    case 'function': {
      const { loadFunction } = await import('../collector/load-function.ts')
      const make = (await loadFunction(input.reference, root)) as MakeSample
      return { distinct: make.distinct ?? null, sample: (index, random) => make({ index, random }) }
    }
    case 'nothing':
      return { distinct: 1, sample: () => ({}) }
  }
}
