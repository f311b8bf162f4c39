import type { Paint } from './paint.ts'
import { printable, printableLines } from './printable.ts'
import { standingOf } from './study/configuration-standing.ts'
import type { StudyResult } from './study/study-result.ts'
import { wrap } from './text-layout.ts'

interface LayoutOptions {
  readonly width: number
  readonly paint: Paint
  /** Patches in full. */
  readonly details: boolean
}

const MOST_LINES = 24

/** Where the files of a study's configurations are, what they change, and how they are applied. */
export function layConfigurations(
  study: StudyResult,
  { width, paint, details }: LayoutOptions,
): readonly string[] {
  const { configurations = [] } = study
  // That nothing was changed is not worth a word.
  const shown = configurations.filter(({ role, directory }) => role !== 'baseline' || directory !== null)
  if (shown.every(({ role }) => role === 'baseline') && !details) return []
  return shown.flatMap((configuration) => {
    const { name, role, directory, files, patch, diff, apply, problem } = configuration
    const title = `${name === '' ? 'as it is' : name} (${standingOf(configuration, study)})`
    const text = (line: string, indent = 2): readonly string[] =>
      wrap(printable(line), width - indent).map((part) => ' '.repeat(indent) + part)
    return [
      ...wrap(printable(title), width).map(paint.bold),
      ...(directory === null
        ? text(problem ?? '')
        : text(
            `${directory}/: ${files.slice(0, 6).join(', ')}${files.length > 6 ? `, … (${files.length})` : ''}`,
          )),
      ...(patch === null ? [] : text(`patch against the default: ${patch}`)),
      ...(diff === null ? [] : layDiff(diff, details ? Infinity : MOST_LINES, width, paint)),
      ...(role === 'baseline' || apply === null ? [] : text(apply)),
    ]
  })
}

/** Lines of somebody's file are indented: none of them begins a line of ours. */
function layDiff(diff: string, most: number, width: number, paint: Paint): readonly string[] {
  const lines = printableLines(diff.trimEnd())
  const left = lines.length - Math.min(most, lines.length)
  return [
    ...lines.slice(0, most).map((line) => {
      const cut = line.length > width - 4 ? `${line.slice(0, width - 5)}…` : line
      const word = line.startsWith('+') ? 'pass' : line.startsWith('-') ? 'fail' : null
      return `    ${word === null ? paint.dim(cut) : paint.verdict(word, cut)}`
    }),
    ...(left === 0 ? [] : [`    ${paint.dim(`… ${left} more lines are in the file`)}`]),
  ]
}
