import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** A line of a power log: ms since 1970 by the meter's clock, and the value. */
export interface LoggedPower {
  readonly at: number
  readonly value: number
}

const MOST_BYTES = 1024 * 1024
/** From here on a number of seconds would be of the year 5138: it is one of milliseconds. */
const MILLISECONDS_FROM = 1e11

/** Follows a file of times and values that somebody else writes. */
export class PowerLog {
  readonly #path: string
  readonly #columns: readonly [time: string | number, value: string | number]
  readonly #file: number
  #places: readonly [number, number] | null = null
  #rest = ''
  #position: number

  /** Starts with its last lines. @throws when it cannot be read, or has no such columns */
  constructor(path: string, time: string | number, value: string | number) {
    this.#path = path
    this.#columns = [time, value]
    this.#file = openSync(path, 'r')
    this.#position = 0
    const [head = ''] = this.#take(MOST_BYTES).split('\n', 1)
    this.#places = this.#find(cellsOf(head))
    this.#position = Math.max(0, fstatSync(this.#file).size - 64 * 1024)
    // Of a long one what is there already is of long ago; its last line may be half there.
    if (this.#position > 0) this.#rest = this.#take(MOST_BYTES).split('\n').at(-1) ?? ''
  }

  /** Lines that have been added since, oldest first; those without two numbers are left out. */
  read(): readonly LoggedPower[] {
    const { size } = fstatSync(this.#file)
    // Somebody has begun it again.
    if (size < this.#position) {
      this.#position = 0
      this.#rest = ''
    }
    const lines = (this.#rest + this.#take(MOST_BYTES)).split('\n')
    this.#rest = lines.pop() ?? ''
    return lines.flatMap((line) => this.#parse(cellsOf(line)))
  }

  close(): void {
    closeSync(this.#file)
  }

  #parse(cells: readonly string[]): readonly LoggedPower[] {
    const [time, value] = (this.#places as readonly [number, number]).map((place) => cells[place] ?? '')
    const at = instantOf(time ?? '')
    const watts = value === '' ? NaN : Number(value)
    return Number.isFinite(at) && Number.isFinite(watts) ? [{ at, value: watts }] : []
  }

  #find(head: readonly string[]): readonly [number, number] {
    const places = this.#columns.map((column) => (typeof column === 'number' ? column : head.indexOf(column)))
    const missing = this.#columns.filter((_, index) => places[index] === -1)
    if (missing.length === 0) return places as unknown as readonly [number, number]
    throw new Error(
      `${this.#path} has no column ${missing.map((name) => `'${name}'`).join(' and ')}; its columns are ${head.join(', ')}`,
    )
  }

  #take(most: number): string {
    const buffer = Buffer.allocUnsafe(
      Math.max(0, Math.min(most, fstatSync(this.#file).size - this.#position)),
    )
    const read = readSync(this.#file, buffer, 0, buffer.length, this.#position)
    this.#position += read
    return buffer.toString('utf8', 0, read)
  }
}

function cellsOf(line: string): readonly string[] {
  return line
    .trim()
    .split(/[,;\t]/)
    .map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'))
}

/** Seconds or milliseconds since 1970, or a date as ISO 8601 has it; NaN for anything else. */
function instantOf(text: string): number {
  if (text === '') return NaN
  const number = Number(text)
  if (Number.isFinite(number)) return number < MILLISECONDS_FROM ? number * 1000 : number
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) ? Date.parse(text.replace(' ', 'T')) : NaN
}
