import type { FailureExamples } from '@servebench/plugin-oip/dialect'
import { FailureKind, failureName } from 'servebench/session'
import type { AnswerObserver } from 'servebench/session'

const QUOTE = 34
const COLON = 58
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/** Names that matter, by the number that they get when a string has turned out to be one. */
const NAMES: readonly Uint8Array[] = ['root', 'errors', 'children', 'code'].map((name) => Buffer.from(name))
const ROOT = 1
const ERRORS = 2
const CHILDREN = 3
const CODE = 4
const LONGEST_NAME = 8

/** Depths: 1 inside of the document, 2 of the root, 3 of the list of errors, 4 of an error. */
const IN_DOCUMENT = 1
const IN_ROOT = 2
const IN_ERRORS = 3
const IN_ERROR = 4

const Phase = {
  /** Not read any further: there are no errors, or they are known. */
  done: 0,
  searching: 1,
  inErrors: 2,
  /** The digits of an error's code. */
  inCode: 3,
} as const

/** What claims to be larger is no code of Vespa's. */
const LARGEST_CODE = 999
const EXAMPLE_BYTES = 500

/**
 * Finds `root.errors` of a JSON result while it arrives, wherever the answer is cut: what has errors fails with the code of
 * the first one, whatever its status. Reading stops at the hits, which Vespa writes last.
 */
export class SearchErrors implements AnswerObserver {
  readonly #examples: FailureExamples
  readonly #explained = new Set<number>()
  readonly #phase: Uint8Array
  readonly #status: Uint16Array
  readonly #depth: Uint16Array
  /** 0 outside of a string, 1 inside, 2 behind a backslash. */
  readonly #string: Uint8Array
  /** Bytes of the string so far that could be one of the names; 255: none. */
  readonly #length: Uint8Array
  readonly #text: Uint8Array
  /** Which name the last string was; 0: none. */
  readonly #name: Uint8Array
  /** Whether the object at depth 2 is the root. */
  readonly #root: Uint8Array
  readonly #code: Int32Array

  constructor(slots: number, examples: FailureExamples) {
    this.#examples = examples
    this.#phase = new Uint8Array(slots)
    this.#status = new Uint16Array(slots)
    this.#depth = new Uint16Array(slots)
    this.#string = new Uint8Array(slots)
    this.#length = new Uint8Array(slots)
    this.#text = new Uint8Array(slots * LONGEST_NAME)
    this.#name = new Uint8Array(slots)
    this.#root = new Uint8Array(slots)
    this.#code = new Int32Array(slots)
  }

  head(slot: number, status: number): void {
    this.#phase[slot] = Phase.searching
    this.#status[slot] = status
    this.#depth[slot] = 0
    this.#string[slot] = 0
    this.#name[slot] = 0
    this.#root[slot] = 0
    this.#code[slot] = 0
  }

  body(slot: number, buffer: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end && this.#phase[slot] !== Phase.done; at++) {
      const byte = buffer[at] as number
      if (this.#string[slot] !== 0) this.#readString(slot, byte)
      else if (this.#phase[slot] === Phase.inCode) this.#readCode(slot, byte, buffer, at, end)
      else this.#readMark(slot, byte)
    }
  }

  end(slot: number): FailureKind {
    this.#phase[slot] = Phase.done
    if (this.#code[slot] !== 0) return FailureKind.application
    const status = this.#status[slot] as number
    return status >= 200 && status < 300 ? FailureKind.none : FailureKind.httpStatus
  }

  code(slot: number): number {
    return Math.max(0, this.#code[slot] as number)
  }

  #readString(slot: number, byte: number): void {
    if (this.#string[slot] === 2) {
      this.#string[slot] = 1
      this.#length[slot] = 255
    } else if (byte === BACKSLASH) {
      this.#string[slot] = 2
    } else if (byte === QUOTE) {
      this.#string[slot] = 0
      this.#name[slot] = this.#nameOf(slot)
    } else {
      const length = this.#length[slot] as number
      if (length < LONGEST_NAME) {
        this.#text[slot * LONGEST_NAME + length] = byte
        this.#length[slot] = length + 1
      } else {
        this.#length[slot] = 255
      }
    }
  }

  #nameOf(slot: number): number {
    const length = this.#length[slot] as number
    const start = slot * LONGEST_NAME
    for (let index = 0; index < NAMES.length; index++) {
      const name = NAMES[index] as Uint8Array
      if (name.length !== length) continue
      let at = 0
      while (at < length && name[at] === this.#text[start + at]) at += 1
      if (at === length) return index + 1
    }
    return 0
  }

  #readMark(slot: number, byte: number): void {
    switch (byte) {
      case QUOTE:
        this.#string[slot] = 1
        this.#length[slot] = 0
        break
      case OPEN_OBJECT:
      case OPEN_LIST:
        this.#depth[slot]! += 1
        break
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        this.#depth[slot]! -= 1
        // A list without errors.
        if (this.#phase[slot] === Phase.inErrors && (this.#depth[slot] as number) < IN_ERRORS)
          this.#phase[slot] = Phase.searching
        break
      case COLON:
        this.#readName(slot)
        break
      default:
    }
  }

  /** A colon outside of strings: the string before it was a name. */
  #readName(slot: number): void {
    const name = this.#name[slot] as number
    const depth = this.#depth[slot] as number
    this.#name[slot] = 0
    if (depth === IN_DOCUMENT) this.#root[slot] = name === ROOT ? 1 : 0
    else if (depth === IN_ROOT && this.#root[slot] === 1) {
      if (name === ERRORS) this.#phase[slot] = Phase.inErrors
      else if (name === CHILDREN) this.#phase[slot] = Phase.done
    } else if (depth === IN_ERROR && name === CODE && this.#phase[slot] === Phase.inErrors) {
      this.#phase[slot] = Phase.inCode
    }
  }

  #readCode(slot: number, byte: number, buffer: Uint8Array, at: number, end: number): void {
    const code = this.#code[slot] as number
    const digit = byte - 48
    if (digit >= 0 && digit <= 9 && code <= LARGEST_CODE) {
      this.#code[slot] = code * 10 + digit
      return
    }
    if (code === 0 && byte <= 32) return
    this.#phase[slot] = Phase.done
    // Whatever it is, it is an error.
    if (code === 0 || code > LARGEST_CODE) this.#code[slot] = -1
    this.#explain(slot, buffer, at, end)
  }

  /** Once for each code: what the first answer with it said, as far as it is here. */
  #explain(slot: number, buffer: Uint8Array, at: number, end: number): void {
    const code = this.code(slot)
    if (this.#explained.has(code)) return
    this.#explained.add(code)
    const text = Buffer.from(buffer.subarray(at, Math.min(end, at + EXAMPLE_BYTES))).toString()
    const said = ['summary', 'message'].flatMap(
      (name) => new RegExp(`"${name}":"((?:[^"\\\\]|\\\\.)*)`).exec(text)?.[1] ?? [],
    )
    this.#examples.add(failureName(FailureKind.application, code), said.join(': '))
  }
}
