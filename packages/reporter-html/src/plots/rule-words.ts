import { printable } from 'servebench/curves'
import type { DrawnAxis, Drawing, Mark } from './drawing.ts'
import type { PlotLayout } from './plot-layout.ts'
import { cutText, textWidth } from './text-width.ts'
import type { Ticks } from './ticks.ts'

export const RULE_FONT = 11
/** Height of a line of words. */
export const RULE_LINE = 15

/** Where the words of a rule stand, so that they do not cover those of others. */
export interface RuleWords {
  readonly text: string
  /** Of upright rules: how many lines above the picture. Of level ones: how far from the right end. */
  readonly shift: number
  /** Before an upright rule, where there is no room behind it. */
  readonly before: boolean
}

/** The words of a picture's rules, and how many lines of them stand above it. */
export interface PlacedRules {
  readonly lines: number
  wordsOf(mark: Mark): RuleWords | null
}

interface Span {
  readonly from: number
  readonly to: number
}

/** Those for which there is no room are left out: their rules are drawn, and their rows say what they are. */
export function placeRules(
  drawing: Drawing,
  ticks: Record<'x' | 'y' | 'y2', Ticks | null>,
  layout: PlotLayout,
): PlacedRules {
  const words = new Map<Mark, RuleWords>()
  const lanes: Span[][] = []
  const most = layout.height >= 420 ? 4 : 3
  const width = layout.width - EDGE
  const height = layout.height * 0.75
  const levels: { readonly at: number; readonly to: number }[] = []
  for (const { layer, axis, marks } of drawing.series) {
    if (layer.mark !== 'rules') continue
    for (const mark of marks.toSorted((a, b) => (a.x ?? 0) - (b.x ?? 0))) {
      const text = cutText(printable(mark.text ?? ''), Math.min(170, layout.width * 0.4), RULE_FONT)
      if (text === '') continue
      const size = textWidth(text, RULE_FONT) + 8
      if (mark.x !== null) {
        const at = shareOf(mark.x, drawing.x, ticks.x) * width
        const before = at + size > width
        const span = before ? { from: at - size, to: at } : { from: at, to: at + size }
        const free = lanes.findIndex((lane) =>
          lane.every((other) => span.to <= other.from || other.to <= span.from),
        )
        const lane = free < 0 ? lanes.length : free
        if (lane >= most) continue
        ;(lanes[lane] ??= []).push(span)
        words.set(mark, { text, shift: lane, before })
      } else if (mark.y !== null) {
        const at = shareOf(mark.y, drawing[axis] as DrawnAxis, ticks[axis]) * height
        const shift = levels
          .filter((other) => Math.abs(other.at - at) < RULE_LINE)
          .reduce((far, { to }) => Math.max(far, to), 0)
        if (shift + size > width) continue
        levels.push({ at, to: shift + size })
        words.set(mark, { text, shift, before: false })
      }
    }
  }
  return { lines: lanes.length, wordsOf: (mark) => words.get(mark) ?? null }
}

/** About what the labels of the axes take. */
const EDGE = 80

/** From 0 at the beginning of an axis to 1 at its end. */
function shareOf(value: number, axis: DrawnAxis, ticks: Ticks | null): number {
  if (ticks === null) return (value + 0.5) / Math.max(1, axis.categories.length)
  return axis.scale === 'log'
    ? Math.log(value / ticks.from) / Math.log(ticks.to / ticks.from)
    : (value - ticks.from) / (ticks.to - ticks.from)
}
