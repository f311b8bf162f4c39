/** Colours and type of a plot. */
export interface PlotTheme {
  readonly name: 'light' | 'dark'
  readonly background: string
  readonly text: string
  /** For titles of axes, ticks and notes. */
  readonly muted: string
  readonly line: string
  readonly grid: string
  /** For groups, in their order; all differ for readers with any of the common colour deficiencies. */
  readonly palette: readonly string[]
  /** From the lowest to the highest value of cells. */
  readonly scale: readonly string[]
  /** For lines across a plot. */
  readonly rule: string
  readonly font: string
}

/** Without quotes: it stands in attributes of SVG, and not every program that draws SVG reads quoted names of a list. */
const FONT = 'system-ui, -apple-system, Segoe UI, DejaVu Sans, Liberation Sans, Noto Sans, Arial, sans-serif'

/** Viridis (van der Walt and Smith, 2015): even steps of lightness, so that it also survives a printer without colours. */
const VIRIDIS = [
  '#440154',
  '#472d7b',
  '#3b528b',
  '#2c728e',
  '#21918c',
  '#28ae80',
  '#5ec962',
  '#addc30',
  '#fde725',
]

/** Colours that were searched for: as far apart as can be, also with each of the three deficiencies, and 3 : 1 from white. */
export const LIGHT: PlotTheme = {
  name: 'light',
  background: '#ffffff',
  text: '#1f2328',
  muted: '#57606a',
  line: '#8c959f',
  grid: '#e4e7eb',
  palette: ['#0072b2', '#f25914', '#18a07e', '#a76ef8', '#650e61', '#935050', '#3f4017', '#1e20a3'],
  scale: VIRIDIS,
  rule: '#57606a',
  font: FONT,
}

/** The same for a dark ground. */
export const DARK: PlotTheme = {
  name: 'dark',
  background: '#0d1117',
  text: '#e6edf3',
  muted: '#9da7b3',
  line: '#6e7681',
  grid: '#21262d',
  palette: ['#56b4e9', '#fe70a3', '#8fd229', '#bc8c30', '#4f6bee', '#f1c1b1', '#ad36a7', '#c53829'],
  scale: VIRIDIS,
  rule: '#9da7b3',
  font: FONT,
}
