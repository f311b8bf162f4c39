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

// Single quotes: it stands in attributes of SVG.
const FONT = "system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif"

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

/** The hues of Okabe and Ito (2008), darkened where they would not stand out (3 : 1) from white. */
export const LIGHT: PlotTheme = {
  name: 'light',
  background: '#ffffff',
  text: '#1f2328',
  muted: '#57606a',
  line: '#8c959f',
  grid: '#e4e7eb',
  palette: ['#0072b2', '#d55e00', '#00805c', '#b4479a', '#946300', '#3a9ad9', '#4d4d4d', '#6f3fc0'],
  scale: VIRIDIS,
  rule: '#57606a',
  font: FONT,
}

/** The same hues, light enough to stand out from the dark. */
export const DARK: PlotTheme = {
  name: 'dark',
  background: '#0d1117',
  text: '#e6edf3',
  muted: '#9da7b3',
  line: '#6e7681',
  grid: '#21262d',
  palette: ['#56b4e9', '#f28e2b', '#2fbf94', '#e08fc4', '#e6c229', '#3d7fd0', '#c9d1d9', '#a78bfa'],
  scale: VIRIDIS,
  rule: '#9da7b3',
  font: FONT,
}
