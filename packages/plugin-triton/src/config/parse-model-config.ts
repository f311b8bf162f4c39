import { MODEL_CONFIG } from '@servebench/plugin-oip/protocol'
import type { FieldKind, FieldTable, MessageTable } from '@servebench/plugin-oip/protocol'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { invalidText, readTokens, type Token } from './text-tokens.ts'

/** Nesting that no configuration comes near. */
const DEEPEST = 32

/**
 * The text of a `config.pbtxt` as Triton's model configuration endpoint would have it, without what a server adds. Fields of
 * later versions are left out.
 * @throws {ServebenchError} `SERVEBENCH_TRITON_CONFIG` with the line of what is wrong
 */
export function parseModelConfig(text: string): JsonObject {
  return new TextReader(readTokens(text)).message(MODEL_CONFIG, null, 0)
}

type Fields = Record<string, JsonValue>

class TextReader {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  /** @param end the mark that ends it; `null`: the end of the text */
  message(table: MessageTable, end: string | null, depth: number): JsonObject {
    if (depth > DEEPEST) throw invalidText(`is nested more than ${DEEPEST} deep`, this.#line)
    const fields = new Map((Object.values(table) as FieldTable[]).map((field) => [field[0], field]))
    const message: Fields = {}
    while (!this.#ends(end)) {
      const name = this.#next('word').value
      const field = fields.get(name)
      const hasColon = this.#skip(':')
      if (field === undefined) this.#passOver(depth)
      else this.#field(field, message, hasColon, depth)
      if (!this.#skip(',')) this.#skip(';')
    }
    return message
  }

  #field(field: FieldTable, message: Fields, hasColon: boolean, depth: number): void {
    const [name, kind, shape] = field
    const isMessage = shape === 'map' || shape === 'uint64-map' || isTable(kind)
    if (!isMessage && !hasColon) throw invalidText(`has no ':' after '${name}'`, this.#line)
    const values: JsonValue[] = []
    const read = (): void => void values.push(this.#value(field, depth))
    if (shape !== undefined && this.#skip('[')) {
      while (!this.#skip(']')) {
        read()
        if (this.#skip(',')) continue
        this.#expect(']')
        break
      }
    } else read()
    if (shape === undefined) set(message, name, values[0] ?? null)
    else if (shape === 'list')
      set(message, name, [...((message[name] as JsonValue[] | undefined) ?? []), ...values])
    else {
      const map: Fields = { ...(message[name] as JsonObject | undefined as Fields | undefined) }
      for (const entry of values as readonly JsonObject[]) {
        const key = (entry['key'] ?? (shape === 'map' ? '' : 0)) as string | number
        set(map, String(key), entry['value'] ?? (kind === 'string' ? '' : {}))
      }
      set(message, name, map)
    }
  }

  #value([name, kind, shape]: FieldTable, depth: number): JsonValue {
    if (shape === 'map' || shape === 'uint64-map') {
      const entry: MessageTable = { 1: ['key', shape === 'map' ? 'string' : 'uint'], 2: ['value', kind] }
      return this.#braced(entry, depth)
    }
    return isTable(kind) ? this.#braced(kind, depth) : this.#scalar(kind, name)
  }

  #braced(table: MessageTable, depth: number): JsonObject {
    const end = this.#skip('<') ? '>' : '}'
    if (end === '}') this.#expect('{')
    const message = this.message(table, end, depth + 1)
    this.#expect(end)
    return message
  }

  #scalar(kind: Exclude<FieldKind, MessageTable>, name: string): JsonValue {
    const sign = this.#skip('-') ? '-' : ''
    const { kind: found, value, line } = this.#take()
    const wrong = (what: string): never => {
      throw invalidText(`has a '${name}' that is ${what}: '${value}'`, line)
    }
    if (isEnumeration(kind)) {
      if (found === 'number') return kind[Number(value)] ?? wrong('none of those that there are')
      return kind.includes(value) ? value : wrong('none of those that there are')
    }
    switch (kind) {
      case 'string':
        return found === 'text' ? value : wrong('no text in quotes')
      case 'bool':
        if (/^(?:true|True|t|1)$/.test(value)) return true
        return /^(?:false|False|f|0)$/.test(value) ? false : wrong('neither true nor false')
      case 'int':
      case 'uint': {
        const number = found === 'number' ? wholeNumber(sign + value) : null
        if (number === null || (kind === 'uint' && number < 0)) return wrong('no whole number')
        return number
      }
      case 'float':
      case 'double': {
        const number = found === 'number' ? Number(sign + value.replace(/[fF]$/, '')) : Number.NaN
        return Number.isFinite(number) ? number : wrong('no number')
      }
    }
  }

  /** Whatever a field of a later version holds. */
  #passOver(depth: number): void {
    if (depth > DEEPEST) throw invalidText(`is nested more than ${DEEPEST} deep`, this.#line)
    const { value, kind } = this.#take()
    const end = kind === 'mark' ? { '{': '}', '<': '>', '[': ']' }[value] : undefined
    if (end === undefined) {
      if (value === '-') this.#take()
      return
    }
    while (!this.#skip(end)) {
      if (this.#peek()?.kind === 'mark' && /^[{<[]$/.test(this.#peek()?.value ?? ''))
        this.#passOver(depth + 1)
      else this.#take()
    }
  }

  get #line(): number {
    return (this.#peek() ?? this.#tokens.at(-1))?.line ?? 1
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at]
  }

  #ends(end: string | null): boolean {
    const token = this.#peek()
    return token === undefined ? end === null : token.kind === 'mark' && token.value === end
  }

  #skip(mark: string): boolean {
    const token = this.#peek()
    if (token?.kind !== 'mark' || token.value !== mark) return false
    this.#at += 1
    return true
  }

  #expect(mark: string): void {
    if (!this.#skip(mark))
      throw invalidText(`has '${this.#peek()?.value ?? 'its end'}' in the place of '${mark}'`, this.#line)
  }

  #take(): Token {
    const token = this.#peek()
    if (token === undefined) throw invalidText('ends too early', this.#line)
    this.#at += 1
    return token
  }

  #next(kind: Token['kind']): Token {
    const token = this.#take()
    if (token.kind !== kind) throw invalidText(`has '${token.value}' where a name is expected`, token.line)
    return token
  }
}

/** Decimal, hexadecimal or octal; `null` for anything else, and for what a double cannot hold. */
function wholeNumber(text: string): number | null {
  const [, sign = '', digits = ''] = /^([+-]?)(\d+|0[xX][\da-fA-F]+)$/.exec(text) ?? []
  if (digits === '') return null
  const isOctal = /^0[0-7]+$/.test(digits)
  const number = isOctal ? Number.parseInt(digits, 8) : Number(digits)
  if (!Number.isSafeInteger(number)) return null
  return sign === '-' && number !== 0 ? -number : number
}

/** Not by assignment: keys are the file's, and one may be called `__proto__`. */
function set(fields: Fields, name: string, value: JsonValue): void {
  Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true })
}

function isEnumeration(kind: FieldKind): kind is readonly string[] {
  return Array.isArray(kind)
}

function isTable(kind: FieldKind): kind is MessageTable {
  return typeof kind === 'object' && !isEnumeration(kind)
}
