import type { CustomSeriesOption, CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from 'echarts'
import { isLying } from './extent.ts'
import type { Drawing, Series } from './drawing.ts'
import type { SeriesStyle } from './series-style.ts'

const WIDEST = 56
/** Of the room between two places. */
const SHARE = 0.72

/** A place beside others, in pixels. */
export interface Slot {
  /** Of its middle, from the place on the axis. */
  readonly offset: number
  readonly width: number
}

/**
 * Where bars stand: groups side by side, stacks in one column. Drawn here and not by the library's bars, because these know
 * no intervals, and take all axes but those of categories for continuous ones.
 */
export class BarPlaces {
  readonly lying: boolean
  /** Other marks stand before them. */
  readonly covered: boolean
  readonly #columns: readonly (readonly number[])[]
  readonly #places: readonly number[]
  readonly #series: readonly Series[]

  constructor(drawing: Drawing) {
    this.lying = isLying(drawing)
    this.covered = drawing.series.some(({ layer }) =>
      ['line', 'step', 'area', 'points', 'band'].includes(layer.mark),
    )
    this.#series = drawing.series
    const bars = drawing.series.flatMap(({ layer }, index) => (layer.mark === 'bars' ? [index] : []))
    const stacks = Map.groupBy(
      drawing.series.flatMap(({ layer }, index) => (layer.mark === 'stack' ? [index] : [])),
      (index) => drawing.series[index]?.axis,
    )
    this.#columns = [...bars.map((index) => [index]), ...stacks.values()]
    const at = drawing.series.flatMap(({ layer, marks }) =>
      layer.mark === 'bars' || layer.mark === 'stack' ? marks.map(({ x, y }) => this.#place(x, y)) : [],
    )
    this.#places = [...new Set(at)].toSorted((a, b) => a - b)
  }

  /** @param shown which series the reader has not switched off */
  slotOf(series: number, shown: ReadonlySet<number>, api: CustomSeriesRenderItemAPI): Slot {
    const columns = this.#columns.filter((column) => column.some((index) => shown.has(index)))
    const at = columns.findIndex((column) => column.includes(series))
    const room = this.#room(api) * SHARE
    const width = room / Math.max(1, columns.length)
    return {
      offset: at < 0 ? 0 : (at - (columns.length - 1) / 2) * Math.min(width, WIDEST),
      width: Math.max(1, Math.min(width, WIDEST) * (columns.length > 1 ? 0.92 : 1)),
    }
  }

  /** Where a value of a stack begins: at the end of those below it that are shown. */
  baseOf(series: number, row: number, shown: ReadonlySet<number>): number {
    const column = this.#columns.find((one) => one.includes(series)) ?? []
    const own = this.#series[series]?.marks.find((mark) => mark.row === row)
    if (own === undefined || this.#series[series]?.layer.mark !== 'stack') return 0
    const [place, value] = this.#parts(own.x, own.y)
    let base = 0
    for (const index of column) {
      if (index > series) break
      if (!shown.has(index)) continue
      for (const mark of this.#series[index]?.marks ?? []) {
        if (index === series && mark.row === row) return base
        const [at, size] = this.#parts(mark.x, mark.y)
        if (at === place && size < 0 === value < 0) base += size
      }
    }
    return base
  }

  #room(api: CustomSeriesRenderItemAPI): number {
    const pixel = (place: number): number =>
      (this.lying ? api.coord([0, place])[1] : api.coord([place, 0])[0]) as number
    const category = api.size?.(this.lying ? [0, 1] : [1, 0])
    if (this.#places.length < 2)
      return Array.isArray(category) ? Math.abs((category[this.lying ? 1 : 0] as number) || WIDEST) : WIDEST
    return this.#places
      .slice(1)
      .reduce(
        (least, place, index) =>
          Math.min(least, Math.abs(pixel(place) - pixel(this.#places[index] as number))),
        Infinity,
      )
  }

  #parts(x: number | null, y: number | null): readonly [place: number, value: number] {
    return this.lying ? [y ?? NaN, x ?? NaN] : [x ?? NaN, y ?? NaN]
  }

  #place(x: number | null, y: number | null): number {
    return this.#parts(x, y)[0]
  }
}

/** Bars and stacks; data are `[x, y, row]`. */
export function barSeries(
  series: Series,
  index: number,
  style: SeriesStyle,
  places: BarPlaces,
): CustomSeriesOption {
  const opacity = places.covered ? 0.45 : 1
  return {
    type: 'custom',
    data: series.marks.map(({ x, y, row }) => [x, y, row]),
    dimensions: ['x', 'y', 'row'],
    encode: { x: 0, y: 1 },
    clip: true,
    itemStyle: { color: style.color, opacity },
    renderItem: (params, api): CustomSeriesRenderItemReturn => {
      const shown = new Set(api.currentSeriesIndices())
      const { offset, width } = places.slotOf(index, shown, api)
      const [x, y, row] = [api.value(0) as number, api.value(1) as number, api.value(2) as number]
      const base = places.baseOf(index, row, shown)
      const box = params.coordSys as unknown as { x: number; y: number; width: number; height: number }
      const end = api.coord(places.lying ? [base + x, y] : [x, base + y]) as [number, number]
      const start = api.coord(places.lying ? [base, y] : [x, base]) as [number, number]
      const rect = places.lying
        ? lyingRect(within(start[0], box.x, box.x), end[0], end[1] + offset, width)
        : standingRect(
            within(start[1], box.y + box.height, box.y + box.height),
            end[1],
            end[0] + offset,
            width,
          )
      return { type: 'rect', shape: rect, style: { fill: style.color, opacity } }
    },
  }
}

/** A logarithmic axis has no place for 0: bars stand on its end. */
function within(pixel: number, fallback: number, end: number): number {
  return Number.isFinite(pixel) ? pixel : (fallback ?? end)
}

interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

function standingRect(from: number, to: number, middle: number, width: number): Rect {
  return { x: middle - width / 2, y: Math.min(from, to), width, height: Math.abs(to - from) }
}

function lyingRect(from: number, to: number, middle: number, height: number): Rect {
  return { x: Math.min(from, to), y: middle - height / 2, width: Math.abs(to - from), height }
}
