import type { Drawing, Series } from './drawing.ts'
import type { PlotTheme } from './plot-theme.ts'

export interface SeriesStyle {
  readonly color: string
  readonly dash: 'solid' | 'dashed' | 'dotted'
  readonly symbol: 'circle' | 'triangle' | 'diamond' | 'rect'
}

const DASHES = ['solid', 'dashed', 'dotted'] as const
const SYMBOLS = ['circle', 'triangle', 'diamond', 'rect'] as const

/** Colours by key. Where there are more keys than colours, further ones are paler, and lines and symbols differ. */
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
          color:
            at < 0
              ? theme.rule
              : paler(theme.palette[at % theme.palette.length] as string, theme.background, round),
          dash: DASHES[Math.max(0, round) % DASHES.length] ?? 'solid',
          symbol: SYMBOLS[Math.max(0, round) % SYMBOLS.length] ?? 'circle',
        },
      ]
    }),
  )
}

/** Each round takes half of what sets a colour apart from the ground, up to a quarter. */
function paler(color: string, ground: string, round: number): string {
  const share = 1 / 2 ** Math.min(round, 2)
  const mixed = partsOf(color).map((part, index) =>
    Math.round(part * share + (partsOf(ground)[index] as number) * (1 - share)),
  )
  return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/** Red, green and blue of `#rrggbb`. */
function partsOf(color: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))
}

/** Whether the legend names it: rules without a name of their own have words in the picture. */
export function isNamed({ layer }: Series): boolean {
  if (layer.mark === 'cells') return false
  return layer.mark !== 'rules' || layer.group !== undefined || layer.label !== undefined
}
