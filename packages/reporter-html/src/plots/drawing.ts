import type { Plot, PlotAxis, PlotLayer } from 'servebench/curves'

/** One value of a layer where it stands on its axes; of a category axis that is the number of the category. */
export interface Mark {
  /** Of the table. */
  readonly row: number
  readonly x: number | null
  readonly y: number | null
  readonly low: number | null
  readonly high: number | null
  /** Of a cell. */
  readonly value: number | null
  readonly text: string | null
}

/** The rows of a layer that belong to one group. */
export interface Series {
  readonly layer: PlotLayer
  /** What the legend says. Series with the same key have the same colour, and are switched together. */
  readonly key: string
  readonly axis: 'y' | 'y2'
  readonly marks: readonly Mark[]
}

export interface DrawnAxis extends PlotAxis {
  /** Of a category axis, as they are written. */
  readonly categories: readonly string[]
}

/** What of a table a plot shows, before it has colours and a size. */
export interface Drawing {
  readonly plot: Plot
  readonly x: DrawnAxis
  readonly y: DrawnAxis
  readonly y2: DrawnAxis | null
  readonly series: readonly Series[]
  /** In the order of their colours. */
  readonly keys: readonly string[]
  /** What the plot's author says about it, and what could not be drawn. */
  readonly notes: readonly string[]
  /** Why there is nothing to see. */
  readonly nothing: string | null
}

export type AxisName = 'x' | 'y' | 'y2'
