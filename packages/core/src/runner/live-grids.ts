import { messageOf } from '../errors/plugin-error.ts'
import type { LiveCarbon } from '../plan/trial-plan.ts'
import { boundedText } from '../report/bounded-text.ts'
import { valueAtPointer } from '../report/json-pointer.ts'
import { anchorSecrets, resolveSecret } from '../transport/secret-resolution.ts'
import { canonicalJson, type JsonObject } from '../units/json.ts'

/** An answer serves all trials that end within this time: grids are known by half hours, and sources count requests. */
const FRESH_MS = 5 * 60_000
const PATIENCE_MS = 5000
const MOST_BYTES = 256 * 1024
const SENDABLE = /^[\x20-\x7e]+$/
/** No grid makes more, in g CO2e per kWh. */
const MOST_INTENSITY = 3000

/** What a source has said: an intensity, or why there is none. */
export type LiveAnswer =
  | { readonly intensity: number; readonly at: Date }
  | { readonly intensity: null; readonly problem: string }

interface Asked {
  readonly answer: LiveAnswer
  readonly until: number
}

/** Live sources of carbon intensity. The network is used only by {@link ask}, between trials. */
export class LiveGrids {
  readonly #root: string
  readonly #asked = new Map<string, Asked>()
  readonly #now: () => number

  constructor(root: string, now: () => number = Date.now) {
    this.#root = root
    this.#now = now
  }

  /** Asks a source, unless it has answered just now. Never fails: what goes wrong is the answer. */
  async ask(source: LiveCarbon, leave: AbortSignal): Promise<void> {
    const key = keyOf(source)
    if (this.#now() < (this.#asked.get(key)?.until ?? -Infinity)) return
    const answer = await this.#fetch(source, leave)
    this.#asked.set(key, { answer, until: this.#now() + FRESH_MS })
  }

  /** What the source has said last. */
  answerOf(source: LiveCarbon): LiveAnswer {
    return this.#asked.get(keyOf(source))?.answer ?? { intensity: null, problem: 'it was not asked' }
  }

  async #fetch(source: LiveCarbon, leave: AbortSignal): Promise<LiveAnswer> {
    try {
      const response = await fetch(source.url, {
        headers: this.#headers(source),
        // A token is for this host alone.
        redirect: 'error',
        signal: AbortSignal.any([leave, AbortSignal.timeout(PATIENCE_MS)]),
      })
      const text = await boundedText(response, MOST_BYTES)
      if (!response.ok) return { intensity: null, problem: `it answers ${response.status}` }
      return { intensity: intensityIn(text, source.pointers), at: new Date(this.#now()) }
    } catch (error) {
      return { intensity: null, problem: messageOf(error) }
    }
  }

  #headers({ token, header }: LiveCarbon): Record<string, string> {
    if (token === null) return { accept: 'application/json' }
    const value = resolveSecret(anchorSecrets({ ...token }, this.#root))
    // What fetch says of a header that it refuses contains it.
    if (!SENDABLE.test(value)) throw new Error('its token has characters that a header cannot have')
    return { accept: 'application/json', [header]: value }
  }
}

function keyOf(source: LiveCarbon): string {
  return canonicalJson(source as unknown as JsonObject)
}

/** @throws {Error} when there is no number that can be an intensity */
function intensityIn(text: string, pointers: readonly string[]): number {
  const document = documentIn(text)
  for (const pointer of pointers) {
    const value = valueAtPointer(document, pointer)
    if (typeof value !== 'number') continue
    if (value >= 0 && value <= MOST_INTENSITY) return value
    throw new Error(`${value} is no intensity in g CO2e/kWh`)
  }
  throw new Error(`there is no number at ${pointers.join(', nor at ')}`)
}

/** What the parser says of text that is none repeats that text, which a server may have made of the token. */
function documentIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error('it answers with something else than JSON')
  }
}
