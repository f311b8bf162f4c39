const QUOTE = '"'

/**
 * The cells of a CSV line (RFC 4180, without line ends inside of quotes); `undefined` when a quote is not closed.
 */
export function splitRow(line: string, delimiter: string): string[] | undefined {
  if (!line.includes(QUOTE)) return line.split(delimiter)
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (line[at] !== QUOTE) {
      const end = line.indexOf(delimiter, at)
      cells.push(end < 0 ? line.slice(at) : line.slice(at, end))
      if (end < 0) return cells
      at = end + 1
      continue
    }
    let cell = ''
    at += 1
    for (;;) {
      const end = line.indexOf(QUOTE, at)
      if (end < 0) return undefined
      cell += line.slice(at, end)
      at = end + 1
      if (line[at] !== QUOTE) break
      // A quote that is written twice stands for itself.
      cell += QUOTE
      at += 1
    }
    cells.push(cell)
    if (at >= line.length) return cells
    if (line[at] !== delimiter) return undefined
    at += 1
  }
}

/** The n-th cell (from 0) of a line without looking at the rest of it; `undefined` when there is none. */
export function cellOf(line: string, delimiter: string, index: number): string | undefined {
  if (line.includes(QUOTE)) return splitRow(line, delimiter)?.[index]
  let start = 0
  for (let skip = index; skip > 0; skip--) {
    const end = line.indexOf(delimiter, start)
    if (end < 0) return undefined
    start = end + 1
  }
  const end = line.indexOf(delimiter, start)
  return end < 0 ? line.slice(start) : line.slice(start, end)
}
