import type { SeriesOption } from 'echarts'
import { describe, expect, it } from 'vitest'
import type { AnalysisTable, Plot, PlotLayer } from 'servebench/curves'
import { plotNotes, plotOption } from './plot-option.ts'
import { DARK, LIGHT } from './plot-theme.ts'

type Cell = AnalysisTable['rows'][number][number]

const COLUMNS = ['x', 'y', 'low', 'high', 'group', 'text'] as const

/** A table with the columns above; all values are durations except the words. */
function tableOf(rows: readonly (readonly Cell[])[]): AnalysisTable {
  return {
    name: 'table',
    title: 'Table',
    columns: COLUMNS.map((name) => ({ name, unit: name === 'y' ? 'ns' : null })),
    rows,
    notes: [],
  }
}

function plotOf(layers: readonly PlotLayer[], more: Partial<Plot> = {}): Plot {
  return {
    name: 'plot',
    title: 'A plot',
    x: { title: 'Batch', unit: null, scale: 'linear' },
    y: { title: 'Time', unit: 'ns', scale: 'linear' },
    layers,
    ...more,
  }
}

const ROWS: readonly (readonly Cell[])[] = [
  [1, 10, 8, 13, 'a', null],
  [2, 20, 19, null, 'a', 'two'],
  [4, null, null, null, 'a', null],
  [8, 35, 30, 40, 'a', null],
  [1, 5, 4, 6, 'b', null],
  [8, 7, 6, 9, 'b', 'eight'],
]

function seriesOf(table: AnalysisTable, plot: Plot): readonly (SeriesOption & { data: unknown[] })[] {
  return plotOption(table, plot, LIGHT).series as readonly (SeriesOption & { data: unknown[] })[]
}

/** What the rows of a group say, as the data of a chart have it. */
function rowsOf(group: string, ...columns: readonly number[]): unknown[] {
  return ROWS.flatMap((row, index) => (row[4] === group ? [[...columns.map((at) => row[at]), index]] : []))
}

describe('plotOption: what stands in the table is what is drawn', () => {
  it.each(['line', 'step', 'area'] as const)('%s, with gaps where there is no value', (mark) => {
    const series = seriesOf(tableOf(ROWS), plotOf([{ mark, x: 'x', y: 'y', group: 'group' }]))
    expect(series.map(({ name, type }) => [name, type])).toEqual([
      ['a', 'line'],
      ['b', 'line'],
    ])
    const [first, second] = series
    expect(first?.data).toEqual([
      [1, 10, 0],
      [2, 20, 1],
      [null, null, 2],
      [8, 35, 3],
    ])
    expect(second?.data).toEqual(rowsOf('b', 0, 1))
  })

  it.each([
    ['points', 'scatter'],
    ['bars', 'custom'],
    ['stack', 'custom'],
  ] as const)('%s, without rows that have no value', (mark, type) => {
    const series = seriesOf(tableOf(ROWS), plotOf([{ mark, x: 'x', y: 'y', group: 'group' }]))
    expect(series.map((one) => one.type)).toEqual([type, type])
    expect(series.map(({ data }) => data)).toEqual([
      rowsOf('a', 0, 1).filter((_, index) => index !== 2),
      rowsOf('b', 0, 1),
    ])
  })

  it('the ends of intervals, also where one is open', () => {
    const [, , first, second] = seriesOf(
      tableOf(ROWS),
      plotOf([{ mark: 'points', x: 'x', y: 'y', low: 'low', high: 'high', group: 'group' }]),
    )
    expect(first?.data).toEqual([
      [1, 10, 8, 13, 0],
      [2, 20, 19, null, 1],
      [8, 35, 30, 40, 3],
    ])
    expect(second?.data).toEqual(rowsOf('b', 0, 1, 2, 3))
  })

  it('bands', () => {
    const [first] = seriesOf(
      tableOf(ROWS),
      plotOf([{ mark: 'band', x: 'x', low: 'low', high: 'high', group: 'group' }]),
    )
    expect(first?.data).toEqual(rowsOf('a', 0, 2, 3))
  })

  it('cells, and those without a value apart', () => {
    const plot = plotOf([{ mark: 'cells', x: 'x', y: 'group', value: 'y', text: 'text' }], {
      x: { title: 'x', unit: null, scale: 'category' },
      y: { title: 'y', unit: null, scale: 'category' },
    })
    const option = plotOption(tableOf(ROWS), plot, LIGHT)
    const [cells, failed] = option.series as readonly (SeriesOption & { data: { value: number[] }[] })[]
    expect(cells?.data.map(({ value }) => value)).toEqual([
      [0, 0, 10, 0],
      [1, 0, 20, 1],
      [3, 0, 35, 3],
      [0, 1, 5, 4],
      [3, 1, 7, 5],
    ])
    expect(failed?.data).toEqual([[2, 0, 2]])
    expect(option.visualMap).toMatchObject({ min: 5, max: 35, seriesIndex: [0] })
    expect(option.xAxis).toMatchObject({ data: ['1', '2', '4', '8'] })
  })

  it('cells on a logarithmic scale of colours', () => {
    const plot = plotOf([{ mark: 'cells', x: 'x', y: 'group', value: 'y', scale: 'log' }], {
      x: { title: 'x', unit: null, scale: 'category' },
      y: { title: 'y', unit: null, scale: 'category' },
    })
    const table = tableOf([
      [1, 100, null, null, 'a', null],
      [2, 1000, null, null, 'a', null],
      [3, 0, null, null, 'a', null],
    ])
    const option = plotOption(table, plot, LIGHT)
    const [cells, failed] = option.series as readonly (SeriesOption & { data: { value: number[] }[] })[]
    expect(cells?.data.map(({ value }) => value[2])).toEqual([2, 3])
    expect(failed?.data).toEqual([[2, 0, 2]])
    expect(plotNotes(table, plot)).toEqual([
      "1 value of 'y' is not above 0: a logarithmic scale has no colour for it.",
    ])
  })

  it('rules, upright and level', () => {
    const upright = seriesOf(
      tableOf(ROWS),
      plotOf([{ mark: 'rules', x: 'x', text: 'text', where: { column: 'group', is: 'b' } }]),
    )
    expect(upright[0]?.data).toEqual([
      [1, null, 4],
      [8, null, 5],
    ])
    const level = seriesOf(tableOf(ROWS), plotOf([{ mark: 'rules', y: 'y', where: { column: 'x', is: 2 } }]))
    expect(level[0]?.data).toEqual([[null, 20, 1]])
  })

  it('only rows that a layer asks for', () => {
    const [only] = seriesOf(
      tableOf(ROWS),
      plotOf([{ mark: 'line', x: 'x', y: 'y', where: { column: 'group', is: 'b' } }]),
    )
    expect(only?.data).toEqual(rowsOf('b', 0, 1))
  })
})

describe('plotOption: groups', () => {
  it('have the same colour in all layers, in light and dark', () => {
    const plot = plotOf([
      { mark: 'band', x: 'x', low: 'low', high: 'high', group: 'group' },
      { mark: 'line', x: 'x', y: 'y', group: 'group' },
      { mark: 'points', x: 'x', y: 'y', group: 'group' },
    ])
    for (const theme of [LIGHT, DARK]) {
      const series = plotOption(tableOf(ROWS), plot, theme).series as readonly (SeriesOption & {
        itemStyle: { color: string }
      })[]
      for (const [index, name] of ['a', 'b'].entries()) {
        const colors = series.filter((one) => one.name === name).map(({ itemStyle }) => itemStyle.color)
        expect(colors).toEqual([theme.palette[index], theme.palette[index], theme.palette[index]])
      }
    }
  })

  it('are in the legend once; a single name is not', () => {
    const legend = (layers: readonly PlotLayer[]): unknown =>
      plotOption(tableOf(ROWS), plotOf(layers), LIGHT).legend
    expect(
      legend([
        { mark: 'line', x: 'x', y: 'y', group: 'group' },
        { mark: 'points', x: 'x', y: 'y', group: 'group' },
      ]),
    ).toMatchObject({ type: 'scroll', data: [{ name: 'a' }, { name: 'b' }] })
    expect(legend([{ mark: 'line', x: 'x', y: 'y', label: 'time' }])).toBeUndefined()
  })

  it('are limited, and what is left out is told', () => {
    const rows = Array.from({ length: 100 }, (_, index): Cell[] => [
      1,
      index,
      null,
      null,
      `group ${index}`,
      null,
    ])
    const plot = plotOf([{ mark: 'points', x: 'x', y: 'y', group: 'group' }])
    expect(seriesOf(tableOf(rows), plot)).toHaveLength(60)
    expect(plotNotes(tableOf(rows), plot)).toEqual(['Of 100 groups the first 60 are drawn.'])
  })
})

describe('plotOption: bars', () => {
  it('that stand at the place of others are counted', () => {
    const table = tableOf([
      [1, 10, null, null, 'a', null],
      [1, 20, null, null, 'a', null],
      [1, 30, null, null, 'b', null],
    ])
    const plot = plotOf([{ mark: 'bars', x: 'x', y: 'y', group: 'group' }])
    expect(plotNotes(table, plot)).toEqual(["1 value of 'y' stands at the place of another of its group."])
  })
})

describe('plotOption: axes', () => {
  it('count what has no place on a logarithmic one, and leave a gap', () => {
    const table = tableOf([
      [0, 1, null, null, 'a', null],
      [1, 0, null, null, 'a', null],
      [2, -5, null, null, 'a', null],
      [3, 4, null, null, 'a', null],
      [4, 5, null, null, 'a', null],
    ])
    const plot = plotOf([{ mark: 'line', x: 'x', y: 'y' }], { y: { title: 'y', unit: null, scale: 'log' } })
    expect(seriesOf(table, plot)[0]?.data).toEqual([
      [0, 1, 0],
      [null, null, 1],
      [null, null, 2],
      [3, 4, 3],
      [4, 5, 4],
    ])
    expect(plotNotes(table, plot)).toEqual([
      "2 values of 'y' are not above 0: a logarithmic axis has no place for them.",
    ])
  })

  it('count what lies outside of ends that were asked for, and what is no number', () => {
    const table = tableOf([
      [1, 5, null, null, 'a', null],
      [2, 500, null, null, 'a', null],
      [3, 'fast', null, null, 'a', null],
    ])
    const plot = plotOf([{ mark: 'points', x: 'x', y: 'y' }], {
      y: { title: 'y', unit: null, scale: 'linear', to: 100 },
    })
    expect(plotNotes(table, plot)).toEqual([
      "1 value of 'y' lies outside of the axis.",
      "1 value of 'y' is no number.",
    ])
  })

  it('put layers on the axis that they name', () => {
    const plot = plotOf(
      [
        { mark: 'line', x: 'x', y: 'y' },
        { mark: 'line', x: 'x', y: 'high', axis: 'y2' },
      ],
      { y2: { title: 'High', unit: null, scale: 'linear' } },
    )
    expect(seriesOf(tableOf(ROWS), plot).map((one) => (one as { yAxisIndex: number }).yAxisIndex)).toEqual([
      0, 1,
    ])
    expect(plotOption(tableOf(ROWS), plot, LIGHT).yAxis).toMatchObject([{ min: 0 }, { position: 'right' }])
  })

  it('begin bars at 0, also where all values are high', () => {
    const table = tableOf([
      [1, 95, null, null, 'a', null],
      [2, 99, null, null, 'a', null],
    ])
    const axis = (mark: 'bars' | 'line'): unknown =>
      (plotOption(table, plotOf([{ mark, x: 'x', y: 'y' }]), LIGHT).yAxis as { min: number }[])[0]?.min
    expect(axis('bars')).toBe(0)
    expect(axis('line')).toBe(95)
  })

  it('have room for the sum of a stack', () => {
    const table = tableOf([
      [1, 60, null, null, 'a', null],
      [1, 70, null, null, 'b', null],
    ])
    const plot = plotOf([{ mark: 'stack', x: 'x', y: 'y', group: 'group' }])
    expect((plotOption(table, plot, LIGHT).yAxis as { max: number }[])[0]?.max).toBeGreaterThanOrEqual(130)
  })
})

describe('plotOption: plots that are wrong', () => {
  const sentence = (table: AnalysisTable, plot: Plot): unknown => {
    const option = plotOption(table, plot, LIGHT)
    expect(option.series).toEqual([])
    return (option.title as { text: string }[]).at(-1)?.text
  }

  it.each([
    [
      'a column that is not there',
      plotOf([{ mark: 'line', x: 'x', y: 'z' }]),
      "The table has no column 'z'.",
    ],
    ['no layers', plotOf([]), 'The plot has no layers.'],
    [
      'a second axis that is not there',
      plotOf([{ mark: 'line', x: 'x', y: 'y', axis: 'y2' }]),
      'The plot has no second axis.',
    ],
    ['a rule at nothing', plotOf([{ mark: 'rules' }]), 'A rule needs x or y.'],
    [
      'cells on numbers',
      plotOf([{ mark: 'cells', x: 'x', y: 'y', value: 'y' }]),
      'Cells need two axes of categories.',
    ],
    [
      'a mark of a later version',
      plotOf([{ mark: 'hologram', x: 'x', y: 'y' } as unknown as PlotLayer]),
      "There is no mark 'hologram'.",
    ],
    [
      'rows that are all left out',
      plotOf([{ mark: 'line', x: 'x', y: 'y', where: { column: 'group', is: 'c' } }]),
      'No row has the values that this plot shows.',
    ],
  ])('say so: %s', (_, plot, expected) => {
    expect(sentence(tableOf(ROWS), plot)).toBe(expected)
  })

  it('say that there are no rows, or no values', () => {
    const plot = plotOf([{ mark: 'line', x: 'x', y: 'y' }])
    expect(sentence(tableOf([]), plot)).toBe('The table has no rows.')
    expect(sentence(tableOf([[1, null, null, null, 'a', null]]), plot)).toBe(
      'No row has the values that this plot shows.',
    )
  })

  it('draw the layers that are right', () => {
    const plot = plotOf([
      { mark: 'line', x: 'x', y: 'z' },
      { mark: 'line', x: 'x', y: 'y' },
    ])
    expect(seriesOf(tableOf(ROWS), plot)).toHaveLength(1)
    expect(plotNotes(tableOf(ROWS), plot)).toEqual(["A layer is left out. The table has no column 'z'."])
  })

  it.each(['line', 'step', 'points', 'bars', 'stack', 'area', 'band'] as const)(
    'draw one row: %s',
    (mark) => {
      const layer = (
        mark === 'band' ? { mark, x: 'x', low: 'low', high: 'high' } : { mark, x: 'x', y: 'y' }
      ) as PlotLayer
      for (const scale of ['linear', 'log', 'category'] as const) {
        const plot = plotOf([layer], { x: { title: 'x', unit: null, scale } })
        expect(seriesOf(tableOf([[3, 5, 4, 6, 'a', null]]), plot)).toHaveLength(1)
      }
    },
  )
})

describe('plotOption: for readers who do not see it', () => {
  it('describes what is drawn', () => {
    const { aria } = plotOption(
      tableOf(ROWS),
      plotOf([{ mark: 'line', x: 'x', y: 'y', group: 'group' }]),
      LIGHT,
    )
    expect(aria).toMatchObject({
      enabled: true,
      label: {
        description:
          'A plot. Across: Batch, 1.00 to 8.00. Up: Time, 5 ns to 35 ns. Line a: 4 values, 10 ns to 35 ns. Line b: 2 values, 5 ns to 7 ns.',
      },
    })
  })
})

describe('the tooltip', () => {
  it('has the values of the table, with their units and intervals', () => {
    const plot = plotOf([
      { mark: 'points', x: 'x', y: 'y', low: 'low', high: 'high', group: 'group', text: 'text' },
    ])
    const { formatter } = plotOption(tableOf(ROWS), plot, LIGHT).tooltip as {
      formatter: (pointed: unknown) => string
    }
    expect(formatter({ seriesIndex: 1, value: [8, 7, 5], marker: '' })).toBe(
      'Batch: 8\nb: 7 ns (6 to 9) eight',
    )
    expect(formatter({ seriesIndex: 9, value: [8, 7, 99] })).toBe('')
  })
})

describe('plotOption: ends of axes', () => {
  const range = (y: Partial<Plot['y']>): unknown => {
    const plot = plotOf([{ mark: 'line', x: 'x', y: 'y' }], {
      y: { title: 'y', unit: null, scale: 'linear', ...y },
    })
    const [axis] = plotOption(tableOf(ROWS), plot, LIGHT).yAxis as { min: number; max: number }[]
    return [axis?.min, axis?.max, plotNotes(tableOf(ROWS), plot).length]
  }

  it('are those that were asked for', () => {
    expect(range({ from: 0, to: 50 })).toEqual([0, 50, 0])
    expect(range({ scale: 'log', from: 1, to: 1000 })).toEqual([1, 1000, 0])
  })

  it('are those of the data where an axis cannot have what was asked for', () => {
    const own = range({})
    expect(range({ from: 5, to: 5 })).toEqual(own)
    expect(range({ from: 50, to: 0 })).toEqual(own)
    expect(range({ from: NaN })).toEqual(own)
    expect(range({ scale: 'log', from: 0 })).toEqual(range({ scale: 'log' }))
  })

  it('stay apart where all data lie beyond one of them', () => {
    expect(range({ to: 1 })).toEqual([0, 1, 1])
    expect(range({ from: 100 })).toEqual([100, 200, 1])
  })
})
