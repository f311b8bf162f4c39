/**
 * A picture of an {@link AnalysisTable}: which columns are drawn, and how. What is drawn stands in the table's rows, so that
 * a reporter needs nothing else, and a reader can check a picture against its numbers. Columns are named.
 */
export interface Plot {
  /** In the names of files and links, lowercase with hyphens; unique within its table. */
  readonly name: string
  readonly title: string
  readonly x: PlotAxis
  readonly y: PlotAxis
  /** A second axis, at the right. */
  readonly y2?: PlotAxis
  /** Drawn in this order, later ones on top. */
  readonly layers: readonly PlotLayer[]
  /** What a reader has to know to read it, in sentences. */
  readonly notes?: readonly string[]
}

export interface PlotAxis {
  readonly title: string
  /** As of columns: `ns`, `1/s`, `By`, `1` for shares; `null` for counts and words. */
  readonly unit: string | null
  /** `category`: values stand side by side, in the order in which they appear. Values that are not above 0 have no place on a `log` axis. */
  readonly scale: 'linear' | 'log' | 'category'
  /** Where the axis begins and ends; otherwise the data decide (with 0 for bars and areas). */
  readonly from?: number
  readonly to?: number
}

/** Rows in which a value that a layer needs is `null` are left out of it; in a line they are gaps. */
export type PlotLayer = PlotMarks | PlotBand | PlotCells | PlotRules

interface PlotLayerParts {
  /** Column by which rows are parted: each value has a colour of its own, the same in all layers, and a place in the legend. */
  readonly group?: string
  /** In the legend, where there is no `group`. */
  readonly label?: string
  /** Only rows of the table whose column has this value. */
  readonly where?: { readonly column: string; readonly is: string | number | boolean }
  readonly axis?: 'y' | 'y2'
}

/** `area` reaches down to 0; `stack` are bars of the groups on top of each other. */
export interface PlotMarks extends PlotLayerParts {
  readonly mark: 'line' | 'step' | 'points' | 'bars' | 'stack' | 'area'
  readonly x: string
  readonly y: string
  /** Columns with the ends of each value's interval. */
  readonly low?: string
  readonly high?: string
  /** Column with a word that stands at each mark. */
  readonly text?: string
  readonly dashed?: boolean
}

/** The area between two columns. */
export interface PlotBand extends PlotLayerParts {
  readonly mark: 'band'
  readonly x: string
  readonly low: string
  readonly high: string
}

/** A heatmap: a cell for each row, coloured by its value; both axes are categories. Cells without a value are hatched. */
export interface PlotCells extends PlotLayerParts {
  readonly mark: 'cells'
  readonly x: string
  readonly y: string
  readonly value: string
  readonly scale?: 'linear' | 'log'
  /** Column with why a cell has no value. */
  readonly text?: string
}

/** A line across the picture for each row: upright where `x` is given, level where `y` is. Dashed. */
export interface PlotRules extends PlotLayerParts {
  readonly mark: 'rules'
  readonly x?: string
  readonly y?: string
  /** Column with a word at the line. */
  readonly text?: string
}
