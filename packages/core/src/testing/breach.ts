import { inspect } from 'node:util'

/** A rule of a contract that is broken; the message continues the rule's name. */
export class Breach extends Error {
  override readonly name = 'Breach'
  /** Nothing else can be checked. */
  readonly isFinal: boolean

  constructor(message: string, isFinal = false) {
    super(message)
    this.isFinal = isFinal
  }
}

/** A rule that is broken in several places. */
export class Breaches extends Error {
  override readonly name = 'Breaches'
  readonly places: readonly { readonly path: string; readonly error: unknown }[]

  constructor(places: Breaches['places']) {
    super(places.map(({ path, error }) => `${path}: ${sentenceOf(error)}`).join('\n'))
    this.places = places
  }
}

/** Checks each one, also after another has failed. @throws {Breaches} with all that have, by name */
export async function checkEach<T>(
  all: Iterable<T>,
  nameOf: (one: T) => string,
  check: (one: T) => void | Promise<void>,
): Promise<void> {
  const places: { path: string; error: unknown }[] = []
  for (const one of all) {
    try {
      await check(one)
    } catch (error) {
      places.push({ path: nameOf(one), error })
    }
  }
  if (places.length > 0) throw new Breaches(places)
}

/** How a problem is put: a breach in its own words, anything else as what was thrown. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Breach) return error.message
  return `threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
}

/** @throws {Breach} when a promise takes longer than so many milliseconds */
export async function within<T>(promise: Promise<T>, what: string, patience: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Breach(`${what} did not end within ${patience} ms.`)), patience)
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Whether a value survives a message to another thread and JSON alike; a member that is `undefined` is one that is not there. */
export function isPlain(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null)
    return typeof value !== 'function' && typeof value !== 'bigint' && typeof value !== 'symbol'
  const prototype: unknown = Object.getPrototypeOf(value)
  const isContainer = Array.isArray(value) || prototype === Object.prototype || prototype === null
  return isContainer && Object.values(value).every(isPlain)
}

/** A value in a sentence. */
export function show(value: unknown): string {
  return inspect(value, { breakLength: Infinity, depth: 3, maxStringLength: 100 }).slice(0, 200)
}
