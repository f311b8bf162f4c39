import type { Drawing, Series } from './drawing.ts'
import type { PlotTheme } from './plot-theme.ts'

export interface SeriesStyle {
  readonly color: string
  readonly dash: 'solid' | 'dashed' | 'dotted'
  readonly symbol: 'circle' | 'triangle' | 'diamond' | 'rect'
}

const DASHES = ['solid', 'dashed', 'dotted'] as const
const SYMBOLS = ['circle', 'triangle', 'diamond', 'rect'] as const

/** Colours by key. Where there are more keys than colours, lines and symbols tell those of one colour apart. */
export function seriesStyles(drawing: Drawing, theme: PlotTheme): ReadonlyMap<string, SeriesStyle> {
  const coloured = drawing.keys.filter((key) =>
    drawing.series.some(
      (one) => one.key === key && (one.layer.mark !== 'rules' || one.layer.group !== undefined),
    ),
  )
  return new Map(
    drawing.keys.map((key) => {
      const at = coloured.indexOf(key)
      const round = Math.floor(at / theme.palette.length)
      return [
        key,
        {
          color: at < 0 ? theme.rule : (theme.palette[at % theme.palette.length] as string),
          dash: DASHES[Math.max(0, round) % DASHES.length] ?? 'solid',
          symbol: SYMBOLS[Math.max(0, round) % SYMBOLS.length] ?? 'circle',
        },
      ]
    }),
  )
}

/** Whether the legend names it: rules without a name of their own have words in the picture. */
export function isNamed({ layer }: Series): boolean {
  if (layer.mark === 'cells') return false
  return layer.mark !== 'rules' || layer.group !== undefined || layer.label !== undefined
}
