const QUOTE = 34
const NEWLINE = 10
const RETURN = 13

export interface CsvRecord {
  /** Where it begins, from 1. */
  readonly line: number
  readonly fields: readonly string[]
  /** Why the fields cannot be used. */
  readonly problem: string | null
}

/** CSV by RFC 4180, in parts of any size: quoted fields may have separators, quotes (doubled) and line ends in them. */
export class CsvParser {
  readonly #separator: string
  readonly #separatorCode: number
  readonly #most: number
  #fields: string[] = []
  #field = ''
  #isQuoted = false
  /** A quote was seen inside of a quoted field: it ends the field, or is the first of two. */
  #isClosing = false
  #wasQuoted = false
  #length = 0
  #line = 1
  #start = 1
  #problem: string | null = null

  /** @param most characters of a record; of longer ones nothing is kept */
  constructor(separator: string, most: number) {
    this.#separator = separator
    this.#separatorCode = separator.charCodeAt(0)
    this.#most = most
  }

  *push(text: string): Generator<CsvRecord> {
    for (let index = 0; index < text.length; index++) {
      const end = this.#plainEnd(text, index)
      if (end > index) {
        this.#addPlain(text.slice(index, end))
        if (end === text.length) return
        index = end
      }
      const char = text[index] as string
      if (char === '\n') this.#line += 1
      if (this.#isClosing) {
        this.#isClosing = false
        if (char === '"') {
          this.#add(char)
          continue
        }
        this.#isQuoted = false
      } else if (this.#isQuoted) {
        if (char === '"') this.#isClosing = true
        else this.#add(char)
        continue
      }
      if (char === this.#separator) this.#endField()
      else if (char === '\n') {
        const record = this.#endRecord()
        if (record !== null) yield record
      } else if (char === '"' && this.#field === '' && !this.#wasQuoted) {
        this.#isQuoted = true
        this.#wasQuoted = true
      } else if (char === '"') this.#addPlain(char)
    }
  }

  /** Where text ends that has no meaning but itself. */
  #plainEnd(text: string, from: number): number {
    let index = from
    while (index < text.length) {
      const char = text.charCodeAt(index)
      if (char === QUOTE || char === NEWLINE) break
      if (!this.#isQuoted || this.#isClosing) if (char === RETURN || char === this.#separatorCode) break
      index += 1
    }
    return index
  }

  #addPlain(text: string): void {
    if (this.#isClosing) {
      this.#isClosing = false
      this.#isQuoted = false
    }
    if (this.#wasQuoted && !this.#isQuoted) this.#problem ??= 'has text behind a closing quote'
    this.#add(text)
  }

  /** The last record, where its line has no end. */
  *end(): Generator<CsvRecord> {
    if (this.#isQuoted && !this.#isClosing) this.#problem ??= 'has a quote that is not closed'
    const record = this.#endRecord()
    if (record !== null) yield record
  }

  #add(text: string): void {
    this.#length += text.length
    if (this.#length > this.#most) this.#problem ??= `is longer than ${this.#most} characters`
    else this.#field += text
  }

  #endField(): void {
    this.#fields.push(this.#field)
    this.#field = ''
    this.#wasQuoted = false
  }

  /** `null` for empty lines. */
  #endRecord(): CsvRecord | null {
    const isEmpty = this.#fields.length === 0 && this.#field === '' && !this.#wasQuoted
    this.#endField()
    const record = { line: this.#start, fields: this.#fields, problem: this.#problem }
    this.#fields = []
    this.#length = 0
    this.#start = this.#line
    this.#problem = null
    this.#isQuoted = false
    this.#isClosing = false
    return isEmpty && record.problem === null ? null : record
  }
}
