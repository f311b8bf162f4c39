/** The size that a plot is made for, and which words are in the picture. */
export interface PlotLayout {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Whether the title is in the picture; a page may have it as a heading instead. */
  readonly title: boolean
  /** Whether the notes are in the picture. */
  readonly notes: boolean
  /** `scroll`: one line that a reader can page through. `whole`: as many lines as it takes, for paper. */
  readonly legend: 'scroll' | 'whole'
}

export const DEFAULT_LAYOUT: PlotLayout = {
  width: 900,
  height: 500,
  title: true,
  notes: false,
  legend: 'scroll',
}
