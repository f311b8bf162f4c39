import { parseBytes, refuseUnknown, ServebenchError, ValidationError, type Problem } from '../../plugin.ts'
import type { JsonObject } from '../../plugin.ts'

interface Limits {
  readonly least?: number
  readonly most?: number
}

/** Reads the options of an input as a plan holds them, and finds all that is wrong with them at once. */
export class OptionReader {
  readonly kind: string
  readonly #options: JsonObject
  readonly #problems: Problem[] = []
  readonly #known: string[] = []

  constructor(kind: string, options: object) {
    this.kind = kind
    this.#options = options as JsonObject
  }

  /** The option as it is; asking for it makes it known. */
  read(name: string): unknown {
    this.#known.push(name)
    return this.#options[name]
  }

  report(name: string, message: string): void {
    this.#problems.push({ path: name, message })
  }

  number(name: string, fallback: number, limits: Limits = {}): number {
    const value = this.read(name)
    if (value === undefined) return fallback
    if (typeof value === 'number' && Number.isFinite(value) && isWithin(value, limits)) return value
    this.report(name, `must be a number${rangeText(limits)}.`)
    return fallback
  }

  whole(name: string, fallback: number, { least = 1, most = MOST }: Limits = {}): number {
    const value = this.read(name)
    if (value === undefined) return fallback
    if (isWhole(value) && isWithin(value, { least, most })) return value
    this.report(name, `must be a whole number${rangeText({ least, ...(most === MOST ? {} : { most }) })}.`)
    return fallback
  }

  /** A whole number that there is no default for. */
  required(name: string, least = 1): number {
    if (this.#options[name] === undefined) this.report(name, 'is missing.')
    return this.whole(name, least, { least })
  }

  choice<const Choice extends string>(
    name: string,
    choices: readonly Choice[],
    fallback: NoInfer<Choice>,
  ): Choice {
    const value = this.read(name)
    if (value === undefined) return fallback
    if (choices.includes(value as Choice)) return value as Choice
    this.report(name, `must be one of '${choices.join("', '")}'.`)
    return fallback
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.read(name)
    if (typeof value === 'boolean') return value
    if (value !== undefined) this.report(name, 'must be true or false.')
    return fallback
  }

  text(name: string): string | undefined {
    const value = this.read(name)
    if (value === undefined || (typeof value === 'string' && value !== '')) return value
    this.report(name, 'must be text.')
    return undefined
  }

  /** A list of whole numbers. */
  sizes(name: string): readonly number[] | undefined {
    const value = this.read(name)
    if (value === undefined) return undefined
    if (Array.isArray(value) && value.every((size) => isWhole(size) && size >= 0))
      return value as readonly number[]
    this.report(name, 'must be a list of sizes, for example [3, 224, 224].')
    return undefined
  }

  /** Height and width. */
  area(name: string, fallback: number): readonly [height: number, width: number] {
    const value = this.read(name) ?? fallback
    const [height, width] = Array.isArray(value) ? (value as unknown[]) : [value, value]
    if (isWhole(height) && isWhole(width) && height > 0 && width > 0) return [height, width]
    this.report(name, 'must be a whole number of pixels above 0, or [height, width].')
    return [1, 1]
  }

  bytes(name: string): number | undefined {
    const value = this.read(name)
    if (value === undefined) return undefined
    return this.size(name, value)
  }

  size(name: string, value: unknown): number {
    try {
      return parseBytes(String(value))
    } catch (error) {
      this.report(name, error instanceof ServebenchError ? error.message : 'is not a size.')
      return 1
    }
  }

  /** @throws {ValidationError} with everything that was found, and options that nobody has asked for */
  done(): void {
    refuseUnknown(this.#options, this.#known, '', this.#problems)
    if (this.#problems.length > 0) throw new ValidationError(`The input ${this.kind}()`, this.#problems)
  }
}

const MOST = 4_294_967_295

export function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value)
}

function isWithin(value: number, { least = -Infinity, most = Infinity }: Limits): boolean {
  return value >= least && value <= most
}

function rangeText({ least, most }: Limits): string {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`
  if (least !== undefined) return ` from ${least} on`
  return most === undefined ? '' : ` up to ${most}`
}
