import { formatQuantity, printable } from 'servebench/curves'
import type { AnalysisTable, Plot, PlotAxis, PlotLayer, PlotMarks } from 'servebench/curves'
import { isLying } from './extent.ts'
import type { AxisName, DrawnAxis, Drawing, Mark, Series } from './drawing.ts'

/** More colours and names than that tell a reader nothing, and take a browser seconds. */
const MOST_GROUPS = 60

type Cell = AnalysisTable['rows'][number][number] | undefined

/** Which rows a plot shows, and where. Never throws: what is wrong with a plot becomes a note, or why there is nothing to see. */
export function readPlot(table: AnalysisTable, plot: Plot): Drawing {
  const problems: string[] = []
  const layers = (Array.isArray(plot.layers) ? plot.layers : []).filter((layer: PlotLayer) => {
    const problem = problemOf(table, plot, layer)
    if (problem !== null) problems.push(problem)
    return problem === null
  })
  const reader = new PlotReader(table, plot, layers)
  const series = layers.flatMap((layer) => reader.seriesOf(layer))
  const drawn = series.filter(({ layer, marks }) => marks.some((mark) => isSeen(layer, mark)))
  const keys = [...new Set(drawn.map(({ key }) => key))]
  const shown = new Set(keys.slice(0, MOST_GROUPS))
  const notes = [
    ...(Array.isArray(plot.notes) ? plot.notes.map((note) => printable(String(note))) : []),
    ...problems.map((problem) => `A layer is left out. ${problem}`),
    ...reader.notes(),
    ...(keys.length > shown.size ? [`Of ${keys.length} groups the first ${shown.size} are drawn.`] : []),
  ]
  return {
    plot,
    x: reader.axis('x'),
    y: reader.axis('y'),
    y2: plot.y2 === undefined ? null : reader.axis('y2'),
    series: drawn.filter(({ key }) => shown.has(key)),
    keys: [...shown],
    notes,
    nothing: drawn.length > 0 ? null : nothingOf(table, layers, problems),
  }
}

function nothingOf(table: AnalysisTable, layers: readonly PlotLayer[], problems: readonly string[]): string {
  if (layers.length === 0) return problems[0] ?? 'The plot has no layers.'
  return table.rows.length === 0 ? 'The table has no rows.' : 'No row has the values that this plot shows.'
}

function problemOf(table: AnalysisTable, plot: Plot, layer: PlotLayer): string | null {
  const names = new Set(table.columns.map(({ name }) => name))
  const missing = columnsOf(layer).find((name) => name === undefined || !names.has(name))
  if (missing !== undefined) return `The table has no column '${printable(missing)}'.`
  if (layer.axis === 'y2' && plot.y2 === undefined) return 'The plot has no second axis.'
  if (layer.mark === 'rules' && layer.x === undefined && layer.y === undefined) return 'A rule needs x or y.'
  if (layer.mark === 'cells' && (plot.x.scale !== 'category' || plot.y.scale !== 'category'))
    return 'Cells need two axes of categories.'
  return MARKS.has(layer.mark) ? null : `There is no mark '${printable(layer.mark)}'.`
}

const MARKS: ReadonlySet<string> = new Set([
  'line',
  'step',
  'points',
  'bars',
  'stack',
  'area',
  'band',
  'cells',
  'rules',
])

function columnsOf(layer: PlotLayer): readonly string[] {
  const names: (string | undefined)[] = [layer.group, layer.where?.column]
  if (layer.mark === 'band') names.push(layer.x ?? '', layer.low ?? '', layer.high ?? '')
  else if (layer.mark === 'cells') names.push(layer.x ?? '', layer.y ?? '', layer.value ?? '', layer.text)
  else if (layer.mark === 'rules') names.push(layer.x, layer.y, layer.text)
  else names.push(layer.x ?? '', layer.y ?? '', layer.low, layer.high, layer.text)
  return names.filter((name) => name !== undefined)
}

/** Whether anything of it can be seen; gaps of lines cannot. */
function isSeen({ mark: kind }: PlotLayer, { x, y, low, high }: Mark): boolean {
  if (kind === 'rules') return x !== null || y !== null
  if (kind === 'band') return x !== null && low !== null && high !== null
  return x !== null && y !== null
}

/** Rows of other layers make gaps at both ends of a line, which say nothing. */
function trimGaps(layer: PlotLayer, marks: readonly Mark[]): readonly Mark[] {
  const first = marks.findIndex((mark) => isSeen(layer, mark))
  return first < 0 ? [] : marks.slice(first, marks.findLastIndex((mark) => isSeen(layer, mark)) + 1)
}

type Loss = readonly [one: string, several: string]
const NO_PLACE: Loss = [
  'is not above 0: a logarithmic axis has no place for it.',
  'are not above 0: a logarithmic axis has no place for them.',
]
const NO_COLOUR: Loss = [
  'is not above 0: a logarithmic scale has no colour for it.',
  'are not above 0: a logarithmic scale has no colour for them.',
]
const OUTSIDE: Loss = ['lies outside of the axis.', 'lie outside of the axis.']
const HIDDEN: Loss = [
  'stands at the place of another of its group.',
  'stand at the places of others of their groups.',
]
const NO_NUMBER: Loss = ['is no number.', 'are no numbers.']

class PlotReader {
  readonly #table: AnalysisTable
  readonly #plot: Plot
  readonly #columns: ReadonlyMap<string, number>
  readonly #categories: Record<AxisName, Map<Cell, number>> = { x: new Map(), y: new Map(), y2: new Map() }
  readonly #written: Record<AxisName, string[]> = { x: [], y: [], y2: [] }
  readonly #lost = new Map<string, { count: number; readonly column: string; readonly loss: Loss }>()

  readonly #bars = new Set<string>()
  readonly #ends: Readonly<Record<AxisName, Ends>>

  constructor(table: AnalysisTable, plot: Plot, layers: readonly PlotLayer[]) {
    this.#table = table
    this.#plot = plot
    this.#ends = { x: soundEnds(plot.x), y: soundEnds(plot.y), y2: soundEnds(plot.y2) }
    // Of two columns with one name the first is meant.
    this.#columns = new Map(table.columns.map(({ name }, index) => [name, index] as const).toReversed())
    for (const layer of layers) this.#collectCategories(layer)
  }

  axis(name: AxisName): DrawnAxis {
    const axis = this.#plot[name] as PlotAxis
    const unit = axis.unit === null ? null : printable(axis.unit)
    const { scale } = axis
    return { title: printable(axis.title), unit, scale, ...this.#ends[name], categories: this.#written[name] }
  }

  notes(): readonly string[] {
    return [...this.#lost.values()].map(({ count, column, loss: [one, several] }) =>
      count === 1 ? `1 value of '${column}' ${one}` : `${count} values of '${column}' ${several}`,
    )
  }

  seriesOf(layer: PlotLayer): readonly Series[] {
    const groups = new Map<string, Mark[]>()
    for (const row of this.#rowsOf(layer)) {
      const mark = this.#markOf(layer, row)
      if (mark === null) continue
      const key = this.#keyOf(layer, row)
      if (layer.mark === 'bars') this.#noteHidden(layer, key, mark)
      const marks = groups.get(key)
      if (marks === undefined) groups.set(key, [mark])
      else marks.push(mark)
    }
    return [...groups].map(([key, marks]) => ({
      layer,
      key,
      axis: layer.axis ?? 'y',
      marks: trimGaps(layer, marks),
    }))
  }

  #rowsOf({ where }: PlotLayer): readonly number[] {
    const rows = this.#table.rows.map((_, row) => row)
    return where === undefined ? rows : rows.filter((row) => this.#cell(row, where.column) === where.is)
  }

  #keyOf(layer: PlotLayer, row: number): string {
    if (layer.group !== undefined) return this.#write(layer.group, this.#cell(row, layer.group))
    if (layer.label !== undefined) return printable(layer.label)
    return printable(nameOf(layer))
  }

  #markOf(layer: PlotLayer, row: number): Mark | null {
    const side = layer.axis ?? 'y'
    const text = 'text' in layer && layer.text !== undefined ? this.#textOf(layer.text, row) : null
    const none: Mark = { row, x: null, y: null, low: null, high: null, value: null, text }
    switch (layer.mark) {
      case 'rules': {
        const x = layer.x === undefined ? null : this.#place('x', row, layer.x)
        const y = layer.y === undefined ? null : this.#place(side, row, layer.y)
        return x === null && y === null ? null : { ...none, x, y }
      }
      case 'band': {
        const x = this.#place('x', row, layer.x)
        if (x === null) return null
        return {
          ...none,
          x,
          low: this.#place(side, row, layer.low),
          high: this.#place(side, row, layer.high),
        }
      }
      case 'cells': {
        const x = this.#place('x', row, layer.x)
        const y = this.#place('y', row, layer.y)
        return x === null || y === null ? null : { ...none, x, y, value: this.#valueOf(layer, row) }
      }
      default: {
        const x = this.#place('x', row, layer.x)
        if (x === null) return null
        const y = this.#place(side, row, layer.y)
        // A gap in a line is part of it.
        if (y === null && !['line', 'step', 'area'].includes(layer.mark)) return null
        const along = isLying(this.#plot) ? 'x' : side
        return {
          ...none,
          x,
          y,
          low: this.#end(along, row, layer.low),
          high: this.#end(along, row, layer.high),
        }
      }
    }
  }

  #end(axis: AxisName, row: number, column: string | undefined): number | null {
    return column === undefined ? null : this.#place(axis, row, column)
  }

  #valueOf(layer: PlotLayer & { mark: 'cells' }, row: number): number | null {
    const value = this.#number(this.#cell(row, layer.value), layer.value)
    if (value === null || layer.scale !== 'log' || value > 0) return value
    this.#lose(layer.value, NO_COLOUR)
    return null
  }

  #place(axis: AxisName, row: number, column: string): number | null {
    const { scale } = this.#plot[axis] as PlotAxis
    const { from, to } = this.#ends[axis]
    const cell = this.#cell(row, column)
    if (scale === 'category') return cell === null ? null : (this.#categories[axis].get(cell) ?? null)
    const value = this.#number(cell, column)
    if (value === null) return null
    if (scale === 'log' && value <= 0) {
      this.#lose(column, NO_PLACE)
      return null
    }
    if ((from !== undefined && value < from) || (to !== undefined && value > to)) this.#lose(column, OUTSIDE)
    return value
  }

  #number(cell: Cell, column: string): number | null {
    if (typeof cell === 'number' && Number.isFinite(cell)) return cell
    if (cell !== null && cell !== undefined) this.#lose(column, NO_NUMBER)
    return null
  }

  /** Bars of one group at one place stand before each other. */
  #noteHidden(layer: PlotMarks, key: string, { x, y }: Mark): void {
    const lying = isLying(this.#plot)
    const place = JSON.stringify([layer.axis, layer.y, key, lying ? y : x])
    if (this.#bars.has(place)) this.#lose(lying ? layer.x : layer.y, HIDDEN)
    this.#bars.add(place)
  }

  #lose(column: string, loss: Loss): void {
    const key = `${column} ${loss[0]}`
    const lost = this.#lost.get(key)
    if (lost === undefined) this.#lost.set(key, { count: 1, column: printable(column), loss })
    else lost.count += 1
  }

  #cell(row: number, column: string): Cell {
    return this.#table.rows[row]?.[this.#columns.get(column) ?? -1] ?? null
  }

  #textOf(column: string, row: number): string | null {
    const cell = this.#cell(row, column)
    return cell === null || cell === '' ? null : this.#write(column, cell)
  }

  #write(column: string, cell: Cell): string {
    const unit = this.#table.columns[this.#columns.get(column) ?? -1]?.unit ?? null
    return writeCell(cell, unit)
  }

  #collectCategories(layer: PlotLayer): void {
    if (this.#plot.x.scale === 'category') this.#collect('x', layer, 'x' in layer ? layer.x : undefined)
    const side = layer.axis ?? 'y'
    if (this.#plot[side]?.scale === 'category') this.#collect(side, layer, 'y' in layer ? layer.y : undefined)
  }

  #collect(axis: AxisName, layer: PlotLayer, column: string | undefined): void {
    if (column === undefined) return
    const known = this.#categories[axis]
    for (const row of this.#rowsOf(layer)) {
      const cell = this.#cell(row, column)
      if (cell === null || known.has(cell)) continue
      known.set(cell, known.size)
      this.#written[axis].push(this.#write(column, cell))
    }
  }
}

type Ends = Pick<PlotAxis, 'from' | 'to'>

/** Ends that somebody has asked for, unless an axis cannot have them. */
function soundEnds(axis: PlotAxis | undefined): Ends {
  if (axis === undefined || axis.scale === 'category') return {}
  const { scale, from, to } = axis
  const isPlace = (end: number | undefined): end is number =>
    end !== undefined && Number.isFinite(end) && (scale !== 'log' || end > 0)
  if (isPlace(from) && isPlace(to) && from >= to) return {}
  return { ...(isPlace(from) ? { from } : {}), ...(isPlace(to) ? { to } : {}) }
}

function nameOf(layer: PlotLayer): string {
  if (layer.mark === 'band') return `${layer.low} to ${layer.high}`
  if (layer.mark === 'cells') return layer.value
  return layer.y ?? ('x' in layer ? layer.x : undefined) ?? layer.mark
}

/** A cell of a table in words. Whole numbers without a unit are names (of batches, layers, users), and stay as they are. */
export function writeCell(cell: Cell, unit: string | null): string {
  if (typeof cell === 'number')
    return unit === null && Number.isInteger(cell) && Math.abs(cell) < 1e6
      ? String(cell)
      : printable(formatQuantity(cell, unit))
  if (cell === null || cell === undefined) return formatQuantity(null, unit)
  return printable(typeof cell === 'string' ? cell : JSON.stringify(cell))
}
