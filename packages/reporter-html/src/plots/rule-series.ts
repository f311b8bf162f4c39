import type { CustomSeriesOption, CustomSeriesRenderItemReturn } from 'echarts'
import type { Series } from './drawing.ts'
import type { PlotTheme } from './plot-theme.ts'
import { RULE_FONT, RULE_LINE, type PlacedRules, type RuleWords } from './rule-words.ts'
import type { SeriesStyle } from './series-style.ts'

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Lines across the picture; data are `[x, y, row]` with one of the first two. */
export function ruleSeries(
  { marks }: Series,
  style: SeriesStyle,
  theme: PlotTheme,
  placed: PlacedRules,
): CustomSeriesOption {
  const ink = style.color === theme.rule ? theme.muted : style.color
  return {
    type: 'custom',
    data: marks.map(({ x, y, row }) => [x, y, row]),
    dimensions: ['x', 'y', 'row'],
    encode: { x: 0, y: 1 },
    itemStyle: { color: style.color },
    renderItem: (params, api): CustomSeriesRenderItemReturn => {
      const box = params.coordSys as unknown as Box
      const mark = marks[params.dataIndex]
      if (mark === undefined) return null
      const upright = mark.x !== null
      const [left, top] = api.coord([mark.x ?? 0, mark.y ?? 0]) as [number, number]
      if (upright ? !isInside(left, box.x, box.width) : !isInside(top, box.y, box.height)) return null
      const words = placed.wordsOf(mark)
      const line = {
        type: 'line' as const,
        shape: upright
          ? {
              x1: left,
              y1: box.y - (words === null ? 0 : words.shift * RULE_LINE + 4),
              x2: left,
              y2: box.y + box.height,
            }
          : { x1: box.x, y1: top, x2: box.x + box.width, y2: top },
        style: { stroke: style.color, lineWidth: 1.2, lineDash: [5, 4], fill: 'none' },
      }
      const place =
        words === null ? null : upright ? uprightPlace(words, left, box) : levelPlace(words, top, box)
      const label =
        place === null || words === null
          ? null
          : {
              type: 'text' as const,
              style: { ...place, text: words.text, fill: ink, fontSize: RULE_FONT, fontFamily: theme.font },
            }
      return {
        type: 'group',
        children: label === null ? [line] : [line, label],
      }
    },
  }
}

interface TextPlace {
  readonly x: number
  readonly y: number
  readonly align: 'left' | 'right'
  readonly verticalAlign: 'bottom' | 'top'
}

/** Above the picture, where there are no marks. */
function uprightPlace({ shift, before }: RuleWords, at: number, { y }: Box): TextPlace {
  return {
    x: before ? at - 3 : at + 3,
    y: y - 3 - shift * RULE_LINE,
    align: before ? 'right' : 'left',
    verticalAlign: 'bottom',
  }
}

function levelPlace({ shift }: RuleWords, at: number, { x, y, width }: Box): TextPlace {
  const below = at - RULE_LINE < y
  return {
    x: x + width - 4 - shift,
    y: below ? at + 2 : at - 2,
    align: 'right',
    verticalAlign: below ? 'top' : 'bottom',
  }
}

function isInside(at: number, from: number, size: number): boolean {
  return at >= from - 1 && at <= from + size + 1
}
