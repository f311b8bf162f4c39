import type { TitleComponentOption } from 'echarts'
import { printable } from 'servebench/curves'
import type { Drawing } from './drawing.ts'
import type { PlotLayout } from './plot-layout.ts'
import type { PlotTheme } from './plot-theme.ts'
import { cutText, wrapText } from './text-width.ts'

const TITLE = 15
export const TITLE_LINE = 20
const MOST_TITLE_LINES = 2

export function titleLines({ plot }: Drawing, { width }: PlotLayout): readonly string[] {
  const lines = wrapText(printable(plot.title), width - 12, TITLE, true)
  const rest = lines.slice(MOST_TITLE_LINES - 1).join(' ')
  return [...lines.slice(0, MOST_TITLE_LINES - 1), cutText(rest, width - 12, TITLE, true)].filter(
    (line) => line !== '',
  )
}

export function titleOption(lines: readonly string[], theme: PlotTheme): readonly TitleComponentOption[] {
  if (lines.length === 0) return []
  return [
    {
      text: lines.join('\n'),
      left: 4,
      top: 6,
      padding: 0,
      textStyle: {
        color: theme.text,
        fontFamily: theme.font,
        fontSize: TITLE,
        fontWeight: 600,
        lineHeight: TITLE_LINE,
      },
    },
  ]
}

const NOTE = 11
/** Share of the picture. */
const MOST_NOTES = 0.2
export const NOTE_LINE = 15

/** As many as leave the picture most of its height. */
export function noteLines(notes: readonly string[], { width, height }: PlotLayout): readonly string[] {
  const lines = notes.flatMap((note) => wrapText(note, width - 8, NOTE))
  const most = Math.max(1, Math.floor((height * MOST_NOTES) / NOTE_LINE))
  return lines.length <= most ? lines : [...lines.slice(0, most - 1), `${lines[most - 1]} …`]
}

export function notesOption(lines: readonly string[], theme: PlotTheme): readonly TitleComponentOption[] {
  if (lines.length === 0) return []
  return [
    {
      text: lines.join('\n'),
      left: 4,
      bottom: 2,
      padding: 0,
      textStyle: {
        color: theme.muted,
        fontFamily: theme.font,
        fontSize: NOTE,
        fontWeight: 'normal',
        lineHeight: NOTE_LINE,
      },
    },
  ]
}
