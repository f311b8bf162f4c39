/** Unchanged lines around a change, as `diff -u` shows them. */
const CONTEXT = 3
/** Above this many pairs of lines, what lies between the first and the last change counts as one change. */
const MOST_PAIRS = 4_000_000

interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly text: string
}

export interface TextFile {
  readonly path: string
  readonly text: string
}

/** What leads from one set of files to another, as one patch that `git apply` and `patch -p1` take; `''`: nothing. */
export function diffFiles(before: readonly TextFile[], after: readonly TextFile[]): string {
  const paths = new Set([...before, ...after].map(({ path }) => path))
  const textOf = (files: readonly TextFile[], path: string): string | null =>
    files.find((file) => file.path === path)?.text ?? null
  return [...paths]
    .toSorted()
    .map((path) => unifiedDiff(path, textOf(before, path), textOf(after, path)))
    .join('')
}

/**
 * The difference of two texts in the unified format; `''` for equal ones.
 * @param before `null`: the file is new
 * @param after `null`: the file is gone
 */
export function unifiedDiff(path: string, before: string | null, after: string | null): string {
  if (before === after) return ''
  const lines = compareLines(splitLines(before ?? ''), splitLines(after ?? ''))
  const names = [before === null ? '/dev/null' : `a/${path}`, after === null ? '/dev/null' : `b/${path}`]
  return `--- ${names[0]}\n+++ ${names[1]}\n${formatHunks(lines)}`
}

/** With their line ends, so that a missing one at the end is a difference. */
function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** A longest common subsequence, between what is equal at both ends. */
function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0
  while (start < before.length && start < after.length && before[start] === after[start]) start++
  let end = 0
  while (
    end < before.length - start &&
    end < after.length - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++
  const keep = (text: string): Line => ({ mark: ' ', text })
  return [
    ...before.slice(0, start).map(keep),
    ...compareMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(keep),
  ]
}

function compareMiddle(before: readonly string[], after: readonly string[]): Line[] {
  const width = after.length + 1
  if (before.length * after.length > MOST_PAIRS) return [...marked('-', before), ...marked('+', after)]
  // Lengths of the longest common subsequences of what is left from each pair of lines on.
  const lengths = new Uint32Array((before.length + 1) * width)
  const at = (row: number, column: number): number => lengths[row * width + column] as number
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      lengths[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1))
    }
  }
  const lines: Line[] = []
  let [row, column] = [0, 0]
  while (row < before.length && column < after.length) {
    if (before[row] === after[column]) {
      lines.push({ mark: ' ', text: before[row++] as string })
      column++
    } else if (at(row + 1, column) >= at(row, column + 1))
      lines.push({ mark: '-', text: before[row++] as string })
    else lines.push({ mark: '+', text: after[column++] as string })
  }
  return [...lines, ...marked('-', before.slice(row)), ...marked('+', after.slice(column))]
}

function marked(mark: '-' | '+', texts: readonly string[]): Line[] {
  return texts.map((text) => ({ mark, text }))
}

function formatHunks(lines: readonly Line[]): string {
  let text = ''
  let [oldLine, newLine, index] = [1, 1, 0]
  while (index < lines.length) {
    const change = lines.findIndex(({ mark }, place) => place >= index && mark !== ' ')
    if (change === -1) break
    const begin = Math.max(index, change - CONTEXT)
    const end = endOfHunk(lines, change)
    oldLine += begin - index
    newLine += begin - index
    const hunk = lines.slice(begin, end)
    const [removed, added] = [
      hunk.filter(({ mark }) => mark !== '+'),
      hunk.filter(({ mark }) => mark !== '-'),
    ]
    text += `@@ -${range(oldLine, removed.length)} +${range(newLine, added.length)} @@\n${hunk.map(formatLine).join('')}`
    oldLine += removed.length
    newLine += added.length
    index = end
  }
  return text
}

/** Changes that are at most twice the context apart share a hunk. */
function endOfHunk(lines: readonly Line[], change: number): number {
  let last = change
  for (let place = change; place < lines.length && place - last <= 2 * CONTEXT; place++) {
    if (lines[place]?.mark !== ' ') last = place
  }
  return Math.min(lines.length, last + 1 + CONTEXT)
}

/** An empty range is named by the line before it. */
function range(line: number, count: number): string {
  return count === 1 ? `${line}` : `${count === 0 ? line - 1 : line},${count}`
}

function formatLine({ mark, text }: Line): string {
  return text.endsWith('\n') ? mark + text : `${mark}${text}\n\\ No newline at end of file\n`
}
