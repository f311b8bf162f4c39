/**
 * JSON in which equal parts stand once. Results repeat themselves: a trial has the metrics of its only stream twice, its
 * case has them once more, and the plans of its repeats are the same but for a number.
 */

/** The only key of an object that stands for a part. Keys of the data that begin like it get one more. */
const REFERENCE = '\u0001'
/** Shorter ones are not worth a reference. */
const SHORTEST = 48

/** A part: text, and the numbers of other parts. */
interface Entry {
  readonly pieces: readonly Piece[]
  uses: number
}
type Piece = string | number

/** What {@link unpack} reads, as text. `undefined` is left out, as in JSON. */
export function pack(value: unknown): string {
  const entries: Entry[] = []
  const places = new Map<string, number>()

  const visit = (node: unknown): readonly Piece[] => {
    if (!isComposite(node)) return [JSON.stringify(node) ?? 'null']
    // Rows of tables are most of the data.
    if (Array.isArray(node) && !node.some(isComposite)) return share([JSON.stringify(node)])
    return share(
      Array.isArray(node)
        ? ['[', ...separated(node.map((element: unknown) => visit(element))), ']']
        : ['{', ...separated(Object.entries(node).flatMap(field)), '}'],
    )
  }

  /** The pieces, or the part that they are the same as. */
  const share = (pieces: readonly Piece[]): readonly Piece[] => {
    // JSON has no raw control characters: numbers between them are no text.
    const text = pieces
      .map((piece) => (typeof piece === 'number' ? `${REFERENCE}${piece}${REFERENCE}` : piece))
      .join('')
    if (text.length < SHORTEST) return pieces
    let place = places.get(text)
    if (place === undefined) {
      place = entries.push({ pieces, uses: 0 }) - 1
      places.set(text, place)
      count(pieces)
    }
    return [place]
  }

  const count = (pieces: readonly Piece[]): void => {
    for (const piece of pieces) if (typeof piece === 'number') (entries[piece] as Entry).uses += 1
  }

  const field = ([key, value]: readonly [string, unknown]): (readonly Piece[])[] => {
    if (value === undefined) return []
    const name = key.startsWith(REFERENCE) ? REFERENCE + key : key
    return [[`${JSON.stringify(name)}:`, ...visit(value)]]
  }

  const parts: string[] = []
  const numbers = new Map<Entry, number>()
  const write = (pieces: readonly Piece[]): string => pieces.map(writePiece).join('')
  const writePiece = (piece: Piece): string => {
    if (typeof piece === 'string') return piece
    const entry = entries[piece] as Entry
    if (entry.uses < 2) return write(entry.pieces)
    let number = numbers.get(entry)
    if (number === undefined) {
      number = parts.push('') - 1
      numbers.set(entry, number)
      parts[number] = write(entry.pieces)
    }
    return `{${JSON.stringify(REFERENCE)}:${number}}`
  }

  const pieces = visit(value)
  count(pieces)
  const root = write(pieces)
  return `{"parts":[${parts.join(',')}],"root":${root}}`
}

export function unpack(text: string): unknown {
  const { parts, root } = JSON.parse(text) as { readonly parts: readonly unknown[]; readonly root: unknown }
  const known = new Map<number, unknown>()
  const revive = (node: unknown): unknown => {
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return node.map(revive)
    const fields = Object.entries(node)
    const [first] = fields
    if (fields.length === 1 && first?.[0] === REFERENCE) {
      const number = first[1] as number
      if (!known.has(number)) known.set(number, revive(parts[number]))
      return known.get(number)
    }
    return Object.fromEntries(
      fields.map(([key, value]) => [key.startsWith(REFERENCE) ? key.slice(1) : key, revive(value)]),
    )
  }
  return revive(root)
}

function isComposite(node: unknown): node is object {
  return typeof node === 'object' && node !== null
}

function separated(lists: readonly (readonly Piece[])[]): Piece[] {
  return lists.flatMap((pieces, index) => (index === 0 ? pieces : [',', ...pieces]))
}
