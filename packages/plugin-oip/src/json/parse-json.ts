import { ExitCode, formatBytes, ServebenchError } from 'servebench/plugin'

/** What {@link parseJson} makes of a document: whole numbers that a double cannot hold are `bigint`s. */
export type ParsedJson =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly ParsedJson[]
  | { readonly [name: string]: ParsedJson | undefined }

export interface JsonLimits {
  /** Of lists and objects in one another; 64 by default. */
  readonly depth?: number
  /** 256 MiB by default. */
  readonly bytes?: number
}

/**
 * Reads JSON (RFC 8259) as inference servers write it: integers keep all their digits, and bare `NaN`, `Infinity` and
 * `-Infinity` are numbers. A name that occurs twice has its last value, as with `JSON.parse`.
 * @throws {ServebenchError} `SERVEBENCH_JSON` with the place, when it is anything else or exceeds the limits
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits = {}): ParsedJson {
  const { depth = 64, bytes: most = 256 * 1024 * 1024 } = limits
  if (bytes.length > most) {
    throw invalid(
      `The JSON document of ${formatBytes(bytes.length)} exceeds the limit of ${formatBytes(most)}.`,
    )
  }
  return new JsonReader(bytes, depth).document()
}

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32
const QUOTE = 34
const PLUS = 43
const COMMA = 44
const MINUS = 45
const DOT = 46
const ZERO = 48
const NINE = 57
const COLON = 58
const CAPITAL_E = 69
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const SMALL_E = 101
const SMALL_U = 117
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125
const END = -1

/** Digits that are exact in a double whatever they are. */
const SAFE_DIGITS = 15

const WORDS: readonly (readonly [text: string, value: ParsedJson])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class JsonReader {
  readonly #bytes: Buffer
  readonly #depth: number
  #at = 0

  constructor(bytes: Uint8Array, depth: number) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#depth = depth
  }

  document(): ParsedJson {
    const value = this.#value(0)
    if (this.#peek() !== END) throw this.#unexpected()
    return value
  }

  #value(depth: number): ParsedJson {
    const byte = this.#peek()
    if (byte === OPEN_LIST) return this.#list(depth + 1)
    if (byte === OPEN_OBJECT) return this.#object(depth + 1)
    if (byte === QUOTE) return this.#string()
    if ((byte >= ZERO && byte <= NINE) || byte === MINUS) return this.#number()
    return this.#word()
  }

  #list(depth: number): ParsedJson {
    this.#enter(depth)
    const list: ParsedJson[] = []
    if (this.#peek() === CLOSE_LIST) {
      this.#at += 1
      return list
    }
    for (;;) {
      list.push(this.#value(depth))
      if (this.#separator(CLOSE_LIST)) return list
    }
  }

  #object(depth: number): ParsedJson {
    this.#enter(depth)
    const object: Record<string, ParsedJson> = {}
    if (this.#peek() === CLOSE_OBJECT) {
      this.#at += 1
      return object
    }
    for (;;) {
      if (this.#peek() !== QUOTE) throw this.#unexpected()
      const name = this.#string()
      if (this.#peek() !== COLON) throw this.#unexpected()
      this.#at += 1
      const value = this.#value(depth)
      if (name === '__proto__') {
        Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true })
      } else {
        object[name] = value
      }
      if (this.#separator(CLOSE_OBJECT)) return object
    }
  }

  #enter(depth: number): void {
    if (depth > this.#depth) {
      throw invalid(`The JSON document has more than ${this.#depth} lists or objects in one another.`)
    }
    this.#at += 1
  }

  /** Consumes a comma (false) or the closing bracket (true). */
  #separator(close: number): boolean {
    const byte = this.#peek()
    if (byte !== COMMA && byte !== close) throw this.#unexpected()
    this.#at += 1
    return byte === close
  }

  /** Skips white space. */
  #peek(): number {
    const bytes = this.#bytes
    let at = this.#at
    while (at < bytes.length) {
      const byte = bytes[at] as number
      if (byte !== SPACE && byte !== LF && byte !== CR && byte !== TAB) break
      at += 1
    }
    this.#at = at
    return at < bytes.length ? (bytes[at] as number) : END
  }

  #string(): string {
    const bytes = this.#bytes
    const start = this.#at + 1
    let parts = ''
    let from = start
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at] as number
      if (byte === QUOTE) {
        this.#at = at + 1
        return parts + bytes.toString('utf8', from, at)
      }
      if (byte < SPACE) {
        this.#at = at
        throw this.#unexpected()
      }
      if (byte !== BACKSLASH) continue
      parts += bytes.toString('utf8', from, at)
      this.#at = at
      parts += this.#escape()
      from = this.#at
      at = from - 1
    }
    this.#at = bytes.length
    throw this.#unexpected()
  }

  #escape(): string {
    const letter = this.#bytes[this.#at + 1] ?? END
    if (letter === SMALL_U) {
      const digits = this.#bytes.toString('latin1', this.#at + 2, this.#at + 6)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#unexpected()
      this.#at += 6
      return String.fromCharCode(Number.parseInt(digits, 16))
    }
    const meaning = letter === END ? undefined : ESCAPES[String.fromCharCode(letter)]
    if (meaning === undefined) throw this.#unexpected()
    this.#at += 2
    return meaning
  }

  #number(): ParsedJson {
    const bytes = this.#bytes
    const start = this.#at
    const negative = bytes[start] === MINUS
    const first = start + (negative ? 1 : 0)
    let whole = 0
    let at = first
    for (; at < bytes.length; at++) {
      const digit = (bytes[at] as number) - ZERO
      if (digit < 0 || digit > 9) break
      whole = whole * 10 + digit
    }
    const digits = at - first
    if (digits === 0) return this.#word()
    if (digits > 1 && bytes[first] === ZERO) {
      this.#at = first + 1
      throw this.#unexpected()
    }
    const next = at < bytes.length ? (bytes[at] as number) : END
    if (next !== DOT && next !== SMALL_E && next !== CAPITAL_E) {
      this.#at = at
      if (digits <= SAFE_DIGITS) return negative ? -whole : whole
      const exact = BigInt(bytes.toString('latin1', start, at))
      const value = Number(exact)
      return Number.isSafeInteger(value) ? value : exact
    }
    if (next === DOT) at = this.#digits(at + 1)
    const exponent = at < bytes.length ? bytes[at] : END
    if (exponent === SMALL_E || exponent === CAPITAL_E) {
      const sign = bytes[at + 1]
      at = this.#digits(at + (sign === PLUS || sign === MINUS ? 2 : 1))
    }
    this.#at = at
    return Number(bytes.toString('latin1', start, at))
  }

  /** Skips at least one digit. @returns where they end */
  #digits(start: number): number {
    const bytes = this.#bytes
    let at = start
    while (at < bytes.length && (bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at += 1
    if (at > start) return at
    this.#at = at
    throw this.#unexpected()
  }

  #word(): ParsedJson {
    for (const [text, value] of WORDS) {
      if (this.#bytes.toString('latin1', this.#at, this.#at + text.length) !== text) continue
      this.#at += text.length
      return value
    }
    throw this.#unexpected()
  }

  #unexpected(): ServebenchError {
    if (this.#at >= this.#bytes.length) return invalid('The JSON document ends too early.')
    const character = this.#bytes.toString('utf8', this.#at, this.#at + 4).slice(0, 1)
    return invalid(
      `The JSON document has ${JSON.stringify(character)} at byte ${this.#at}, where it cannot be.`,
    )
  }
}

function invalid(message: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_JSON', message, { exitCode: ExitCode.target })
}
