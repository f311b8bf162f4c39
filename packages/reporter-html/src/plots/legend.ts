import type { LegendComponentOption } from 'echarts'
import { printable } from 'servebench/curves'
import type { Drawing } from './drawing.ts'
import type { PlotLayout } from './plot-layout.ts'
import type { PlotTheme } from './plot-theme.ts'
import { isNamed, type SeriesStyle } from './series-style.ts'
import { cutMiddle, textWidth } from './text-width.ts'

const LINE = 'path://M0,4 L24,4 L24,7 L0,7 Z'
const DASHED = 'path://M0,4 L6,4 L6,7 L0,7 Z M9,4 L15,4 L15,7 L9,7 Z M18,4 L24,4 L24,7 L18,7 Z'

/** Which of several marks with one name stands for it. */
const ORDER = ['line', 'step', 'points', 'bars', 'stack', 'area', 'band', 'rules']

export interface Legend {
  readonly option: LegendComponentOption
  /** Pixels. */
  readonly height: number
  /** Not all names have room. */
  readonly isCut: boolean
}

/** `null` where one name is all there is: the title of the axis says it. */
export function legendOf(
  drawing: Drawing,
  styles: ReadonlyMap<string, SeriesStyle>,
  theme: PlotTheme,
  { width, height, legend }: PlotLayout,
  top: number,
): Legend | null {
  const named = drawing.series.filter(isNamed)
  const keys = drawing.keys.filter((key) => named.some((one) => one.key === key))
  if (keys.length < 2) return null
  const lines = legend === 'scroll' ? 1 : linesOf(keys, width)
  // So many names would leave no room for what they name.
  const whole = lines * LINE_HEIGHT <= height * LARGEST
  const option: LegendComponentOption = {
    type: legend === 'whole' && whole ? 'plain' : 'scroll',
    top,
    left: 4,
    right: 4,
    padding: 0,
    itemGap: GAP,
    itemWidth: ICON,
    itemHeight: 9,
    textStyle: { color: theme.text, fontFamily: theme.font, fontSize: FONT },
    inactiveColor: theme.line,
    pageIconColor: theme.muted,
    pageIconInactiveColor: theme.grid,
    pageTextStyle: { color: theme.muted, fontFamily: theme.font, fontSize: 11 },
    pageIconSize: 11,
    formatter: (name) => cutMiddle(printable(name), WIDEST, FONT),
    data: keys.map((key) => {
      const style = styles.get(key)
      return {
        name: key,
        icon: iconOf(drawing, key, style?.dash !== 'solid'),
        itemStyle: { color: style?.color ?? theme.rule, opacity: 1, borderWidth: 0 },
      }
    }),
  }
  return { option, height: (whole ? lines : 1) * LINE_HEIGHT, isCut: legend === 'whole' && !whole }
}

const FONT = 12
const ICON = 18
const GAP = 14
/** Of a name. */
const WIDEST = 210
const LINE_HEIGHT = FONT + GAP + 1
/** Share of the picture. */
const LARGEST = 0.4

/** How many lines the names take. */
function linesOf(keys: readonly string[], width: number): number {
  let lines = 1
  let used = 0
  for (const key of keys) {
    const size = ICON + 5 + Math.min(WIDEST, textWidth(printable(key), FONT)) + GAP
    if (used > 0 && used + size - GAP > width - 8) {
      lines += 1
      used = 0
    }
    used += size
  }
  return lines
}

function iconOf(drawing: Drawing, key: string, isDashed: boolean): string {
  const layers = drawing.series.filter((one) => one.key === key).map(({ layer }) => layer)
  const [first] = layers.toSorted((a, b) => ORDER.indexOf(a.mark) - ORDER.indexOf(b.mark))
  if (first === undefined) return 'roundRect'
  if (first.mark === 'points') return 'circle'
  if (first.mark === 'rules') return DASHED
  if (first.mark === 'line' || first.mark === 'step') return first.dashed === true || isDashed ? DASHED : LINE
  return 'roundRect'
}
