import type { LegendComponentOption } from 'echarts'
import { printable } from 'servebench/curves'
import type { Drawing } from './drawing.ts'
import type { PlotTheme } from './plot-theme.ts'
import { isNamed, type SeriesStyle } from './series-style.ts'
import { cutText } from './text-width.ts'

const LINE = 'path://M0,4 L24,4 L24,7 L0,7 Z'
const DASHED = 'path://M0,4 L6,4 L6,7 L0,7 Z M9,4 L15,4 L15,7 L9,7 Z M18,4 L24,4 L24,7 L18,7 Z'

/** Which of several marks with one name stands for it. */
const ORDER = ['line', 'step', 'points', 'bars', 'stack', 'area', 'band', 'rules']

/** `null` where one name is all there is: the title of the axis says it. */
export function legendOption(
  drawing: Drawing,
  styles: ReadonlyMap<string, SeriesStyle>,
  theme: PlotTheme,
  top: number,
): LegendComponentOption | null {
  const named = drawing.series.filter(isNamed)
  const keys = drawing.keys.filter((key) => named.some((one) => one.key === key))
  if (keys.length < 2) return null
  return {
    type: 'scroll',
    top,
    left: 4,
    right: 4,
    padding: 0,
    itemGap: 14,
    itemWidth: 18,
    itemHeight: 9,
    textStyle: { color: theme.text, fontFamily: theme.font, fontSize: 12 },
    inactiveColor: theme.line,
    pageIconColor: theme.muted,
    pageIconInactiveColor: theme.grid,
    pageTextStyle: { color: theme.muted, fontFamily: theme.font, fontSize: 11 },
    pageIconSize: 11,
    formatter: (name) => cutText(printable(name), 210, 12),
    data: keys.map((key) => {
      const style = styles.get(key)
      return {
        name: key,
        icon: iconOf(drawing, key),
        itemStyle: { color: style?.color ?? theme.rule, opacity: 1, borderWidth: 0 },
      }
    }),
  }
}

function iconOf(drawing: Drawing, key: string): string {
  const layers = drawing.series.filter((one) => one.key === key).map(({ layer }) => layer)
  const [first] = layers.toSorted((a, b) => ORDER.indexOf(a.mark) - ORDER.indexOf(b.mark))
  if (first === undefined) return 'roundRect'
  if (first.mark === 'points') return 'circle'
  if (first.mark === 'rules') return DASHED
  if (first.mark === 'line' || first.mark === 'step') return first.dashed === true ? DASHED : LINE
  return 'roundRect'
}
