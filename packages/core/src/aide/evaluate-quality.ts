import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { Label } from '../dsl/labelled.ts'
import type { SessionModule, TargetCodec } from '../engine/session.ts'
import type { QualityPlan } from '../plan/study/quality-plan.ts'
import type { QualityReport } from '../report/result.ts'
import type { Nanos } from '../units/nanos.ts'
import { preparedPayloads } from '../worker/prepared-payloads.ts'
import { askTarget } from './ask-target.ts'
import { encodeSome, openSource } from './encode-payloads.ts'
import type { EncodedRing, EncodeStream } from './protocol.ts'
import { QualityTally } from './quality-tally.ts'
import { readOutput, type SampledOutput } from './sampled-output.ts'
import { UserFunction, type UserCall } from './user-call.ts'

/** A target whose answers are scored. */
export interface QualityRequest {
  /** Its limit is how many payloads are in memory at a time. */
  readonly stream: EncodeStream
  readonly plan: QualityPlan
  readonly timeout: Nanos
  readonly maxResponseBytes: number
}

type Score = (response: unknown, label: Label | undefined) => unknown

/**
 * Sends labelled samples once, one after the other, and scores the answers.
 * @throws {ServebenchError} `SERVEBENCH_QUALITY` when a request fails, or an answer cannot be scored
 */
export async function evaluateQuality(
  { stream, plan, timeout, maxResponseBytes }: QualityRequest,
  root: string,
  call: UserCall,
): Promise<QualityReport> {
  const { createCodec } = (await import(stream.codec.module)) as SessionModule
  const codec = await createCodec(stream.codec.options)
  const source = await openSource(stream.input, root)
  const score = typeof plan.metric === 'string' ? null : await load<Score>(plan.metric, root)
  const labels = await readLabels(plan, root)
  const tally = new QualityTally(plan, labels)
  let sent = 0
  const until = Math.min(plan.samples, source.distinct ?? Infinity)
  while (sent < until && !tally.isOutOfLabels) {
    const limit = { ...stream.limit, count: Math.min(stream.limit.count, until - sent) }
    const ring = await encodeSome({ stream: { ...stream, limit }, codec, source, call }, sent)
    if (ring.entries.length === 0) break
    const prepared = preparedPayloads(ring)
    const replies = await askTarget({ session: stream.codec, prepared, timeout, maxResponseBytes })
    for (const [index, { raw, failure }] of replies.entries()) {
      if (tally.isOutOfLabels) break
      const place = sent + index + 1
      if (failure !== null) throw refusal(`Sample ${place} was not answered: ${failure}.`)
      const { label, items, meta } = ring.entries[index] as EncodedRing['entries'][number]
      call.begin(UserFunction.metric)
      try {
        const response = await codec.decode(raw, meta)
        if (score === null) tally.add(await outputOf(codec, response, plan.output), items, label)
        else tally.addScore(await score(response, tally.take(items, label)))
      } catch (cause) {
        throw refusal(`The answer to sample ${place} cannot be scored: ${messageOf(cause)}`, cause)
      } finally {
        call.end()
      }
    }
    sent += ring.entries.length
  }
  // Labels that belong to other samples than these would be worse than none.
  if (tally.isOutOfLabels && source.distinct !== null && sent < until)
    throw refusal(`The labels end after ${tally.count} items; there are ${until} samples.`)
  if (tally.count === 0) throw refusal('There is no labelled sample.')
  return { metric: typeof plan.metric === 'string' ? plan.metric : 'function', ...tally.result() }
}

async function load<Function>(
  reference: Exclude<QualityPlan['metric'], string>,
  root: string,
): Promise<Function> {
  const { loadFunction } = await import('../collector/load-function.ts')
  return (await loadFunction(reference, root)) as Function
}

async function readLabels({ labels }: QualityPlan, root: string): Promise<readonly Label[] | null> {
  if (labels === null || Array.isArray(labels)) return labels as readonly Label[] | null
  const read = await load<() => readonly Label[]>(labels as Exclude<QualityPlan['metric'], string>, root)
  return read()
}

async function outputOf(codec: TargetCodec, response: unknown, name: string | null): Promise<SampledOutput> {
  const outputs = await codec.outputs?.(response)
  if (outputs === undefined)
    throw new Error('answers of this target are no tensors; give `metric` a function of the answer.')
  const names = outputs.map((output) => `'${output.name}'`).join(', ')
  const found = name === null ? outputs : outputs.filter((output) => output.name === name)
  const [only, ...others] = found
  if (only === undefined) throw new Error(`there is no output '${name ?? ''}'; it has ${names || 'none'}.`)
  if (others.length > 0) throw new Error(`it has several outputs: say which one is scored (${names}).`)
  return readOutput(only)
}

function refusal(message: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_QUALITY', message, {
    advice: 'Look at `quality: labelled({ input, labels, metric, output })` of the study.',
    exitCode: ExitCode.target,
    ...(cause === undefined ? {} : { cause }),
  })
}
