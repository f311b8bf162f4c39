import { AnswerRing, type AnswerEntry } from '../engine/answer-ring.ts'
import type { SessionModule, TargetCodec } from '../engine/session.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { RecordPhase } from '../report/record-block.ts'
import type { AideStream } from './protocol.ts'
import type { TrialAggregate } from './trial-aggregate.ts'
import { UserFunction, type UserCall } from './user-call.ts'

type Check = (response: unknown) => boolean | Promise<boolean>
/** What is needed to check a stream's answers; `null` when they are not checked. */
type CheckPart = { readonly codec: TargetCodec; readonly check: Check } | null

/** Errors of `check` that are kept in full; the rest are only counted. */
const KEPT_ERRORS = 3
/** A check that is slower than this per turn lets blocks and windows through in between. */
const BATCH = 64

/** Decodes captured answers and asks the bench file whether they are right. */
export class AnswerChecker {
  readonly errors: string[] = []
  readonly #rings: readonly AnswerRing[]
  readonly #aggregate: TrialAggregate
  readonly #streams: readonly AideStream[]
  readonly #parts: readonly CheckPart[]
  readonly #call: UserCall

  private constructor(
    rings: readonly AnswerRing[],
    aggregate: TrialAggregate,
    streams: readonly AideStream[],
    parts: readonly CheckPart[],
    call: UserCall,
  ) {
    this.#rings = rings
    this.#aggregate = aggregate
    this.#streams = streams
    this.#parts = parts
    this.#call = call
  }

  static async open(
    answers: readonly SharedArrayBuffer[],
    aggregate: TrialAggregate,
    streams: readonly AideStream[],
    root: string,
    call: UserCall,
  ): Promise<AnswerChecker> {
    const parts = await Promise.all(streams.map((stream) => openPart(stream, root)))
    return new AnswerChecker(
      answers.map((buffer) => new AnswerRing(buffer)),
      aggregate,
      streams,
      parts,
      call,
    )
  }

  /** Checks a batch of what waits. Returns whether anything is left. */
  async drain(): Promise<boolean> {
    let budget = BATCH
    for (const ring of this.#rings) {
      for (;;) {
        if (budget === 0) return true
        const entry = ring.shift()
        if (entry === null) break
        budget -= 1
        await this.#check(entry)
      }
    }
    return false
  }

  async #check(entry: AnswerEntry): Promise<void> {
    const part = this.#parts[entry.stream]
    if (!part || entry.phase !== RecordPhase.measurement) return
    let correct: boolean
    this.#call.begin(UserFunction.check)
    try {
      const meta = this.#streams[entry.stream]?.metas[entry.payload] ?? null
      const response = await part.codec.decode(entry, meta)
      // A bench file without types may answer with anything.
      const answer: unknown = await part.check(response)
      correct = Boolean(answer)
    } catch (error) {
      correct = false
      if (this.errors.length < KEPT_ERRORS) this.errors.push(messageOf(error))
    } finally {
      this.#call.end()
    }
    this.#aggregate.checked(entry.stream, correct, entry.completion - entry.intended)
  }
}

async function openPart(stream: AideStream, root: string): Promise<CheckPart> {
  if (stream.check === null) return null
  const { loadFunction } = await import('../collector/load-function.ts')
  const module = (await import(stream.codec.module)) as SessionModule
  const [codec, check] = await Promise.all([
    module.createCodec(stream.codec.options),
    loadFunction(stream.check, root) as Promise<Check>,
  ])
  return { codec, check }
}
