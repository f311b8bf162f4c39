import { describe, expect, it } from 'vitest'
import type { AnalysisTable, Plot } from 'servebench/curves'
import { drawPng } from './draw-png.ts'
import { drawSvg } from './draw-svg.ts'
import { Random } from 'servebench/plugin'
import { DARK, LIGHT } from './plot-theme.ts'

const PLOT: Plot = {
  name: 'plot',
  title: 'A plot',
  x: { title: 'x', unit: null, scale: 'linear', from: 0, to: 10 },
  y: { title: 'y', unit: null, scale: 'linear', from: 0, to: 100 },
  layers: [{ mark: 'line', x: 'x', y: 'y', group: 'name' }],
}

function tableOf(rows: AnalysisTable['rows']): AnalysisTable {
  return {
    name: 't',
    title: 'T',
    columns: ['x', 'y', 'name'].map((name) => ({ name, unit: null })),
    rows,
    notes: [],
  }
}

/** Points of paths, in pixels. */
function pathsOf(svg: string, color: string): [number, number][][] {
  return [...svg.matchAll(/<path d="([^"]*)"[^>]*>/g)]
    .filter(([tag]) => tag.includes(`stroke="${color}"`) && tag.includes('fill="none"'))
    .map(([, path]) =>
      [...(path ?? '').matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)].map(
        ([, x, y]) => [Number(x), Number(y)] as [number, number],
      ),
    )
}

/** The colour of the only line, and the frame of the axes. */
function frameOf(svg: string): { left: number; right: number; top: number; bottom: number } {
  const lines = pathsOf(svg, LIGHT.line)
  const upright = lines.find(
    ([a, b]) => a !== undefined && b !== undefined && a[0] === b[0] && Math.abs(a[1] - b[1]) > 100,
  )
  const level = lines.find(
    ([a, b]) => a !== undefined && b !== undefined && a[1] === b[1] && Math.abs(a[0] - b[0]) > 100,
  )
  const ys = (upright ?? []).map(([, y]) => y)
  const xs = (level ?? []).map(([x]) => x)
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }
}

describe('drawSvg', () => {
  it('draws each row where its values are', () => {
    const rows = [
      [0, 0, 'a'],
      [2.5, 50, 'a'],
      [5, 25, 'a'],
      [10, 100, 'a'],
    ]
    const svg = drawSvg(tableOf(rows), PLOT, LIGHT)
    const { left, right, top, bottom } = frameOf(svg)
    const [line] = pathsOf(svg, LIGHT.palette[0] as string).filter((points) => points.length === rows.length)
    expect(line).toHaveLength(rows.length)
    for (const [index, [x, y]] of (line as [number, number][]).entries()) {
      expect(((x - left) / (right - left)) * 10).toBeCloseTo(rows[index]?.[0] as number, 1)
      expect(((bottom - y) / (bottom - top)) * 100).toBeCloseTo(rows[index]?.[1] as number, 0)
    }
  })

  it('draws bars and stacks as high as their values', () => {
    const rows = [
      [1, 30, 'a'],
      [1, 20, 'b'],
      [2, 10, 'a'],
      [2, 60, 'b'],
    ]
    const plot = (mark: 'bars' | 'stack'): Plot => ({
      ...PLOT,
      x: { title: 'x', unit: null, scale: 'category' },
      layers: [{ mark, x: 'x', y: 'y', group: 'name' }],
    })
    const heights = (svg: string, color: string): number[] => {
      const { top, bottom } = frameOf(svg)
      return [...svg.matchAll(/<path d="M([\d.]+) ([\d.]+)l([\d.]+) 0l0 ([\d.]+)l[^"]*"[^>]*fill="([^"]+)"/g)]
        .filter(([, , , width, , fill]) => fill === color && Number(width) > 20)
        .map(([, , , , height]) => Math.round((Number(height) / (bottom - top)) * 100))
    }
    for (const mark of ['bars', 'stack'] as const) {
      const svg = drawSvg(tableOf(rows), plot(mark), LIGHT)
      expect(heights(svg, LIGHT.palette[0] as string)).toEqual([30, 10])
      expect(heights(svg, LIGHT.palette[1] as string)).toEqual([20, 60])
    }
  })

  it('draws whatever numbers there are', () => {
    const random = new Random([1, 2, 3, 4])
    const pick = <T>(values: readonly T[]): T => values[Math.floor(random.next() * values.length)] as T
    const marks = ['line', 'step', 'points', 'bars', 'stack', 'area'] as const
    for (let round = 0; round < 150; round++) {
      const size = Math.exp(80 * (random.next() - 0.5))
      const offset = pick([0, 0, 1, -1, 1e6]) * size
      const number = (): number | null =>
        pick([null, 0, ...Array.from({ length: 8 }, () => offset + size * random.next())])
      const rows = Array.from({ length: 1 + Math.floor(20 * random.next()) }, () => [
        number(),
        number(),
        pick(['a', 'b']),
      ])
      const axis = (): Plot['x'] => ({
        title: 'axis',
        unit: pick(['ns', 's', 'By', '1', '1/s', 'W', 'FLOP/s', null]),
        scale: pick(['linear', 'log', 'category'] as const),
        ...pick([{}, {}, { from: 0 }, { to: size }, { from: size, to: size }, { from: size, to: -size }]),
      })
      const plot: Plot = {
        ...PLOT,
        x: axis(),
        y: axis(),
        layers: [
          { mark: pick(marks), x: 'x', y: 'y', group: 'name' },
          { mark: 'rules', x: 'x' },
        ],
      }
      const svg = drawSvg(tableOf(rows), plot, LIGHT, { width: 400, height: 300 })
      expect(svg, JSON.stringify({ plot, rows })).not.toContain('NaN')
    }
  })

  it('is the same each time, and shares no names with other pictures', () => {
    const rows = [
      [1, 2, 'a'],
      [2, 3, 'b'],
    ]
    const first = drawSvg(tableOf(rows), PLOT, LIGHT)
    drawSvg(tableOf([[1, 1, 'c']]), PLOT, DARK)
    expect(drawSvg(tableOf(rows), PLOT, LIGHT)).toBe(first)
    const ids = (svg: string): string[] => [...svg.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id as string)
    const other = ids(drawSvg(tableOf([...rows, [3, 4, 'b']]), PLOT, LIGHT))
    expect(ids(first).length).toBeGreaterThan(0)
    expect(ids(first).some((id) => other.includes(id))).toBe(false)
  })

  it('writes names of others as text, in every place where there are some', () => {
    const hostile = `"><script>alert(1)</script>'</text><image href="http://evil/x.png"/> {a|b} \u001b[31m &lt;\u202e`
    const table: AnalysisTable = {
      name: hostile,
      title: hostile,
      columns: [
        { name: 'x', unit: hostile },
        { name: 'y', unit: null },
        { name: 'word', unit: null },
      ],
      rows: [
        [hostile, 1, hostile],
        [`${hostile}2`, 2, hostile],
      ],
      notes: [hostile],
    }
    const axis = { title: hostile, unit: hostile, scale: 'category' as const }
    const layers: Plot['layers'] = [
      { mark: 'points', x: 'x', y: 'y', text: 'word', group: 'word' },
      { mark: 'bars', x: 'x', y: 'y', group: 'x' },
      { mark: 'rules', y: 'y', text: 'word' },
    ]
    const value = { title: hostile, unit: hostile, scale: 'linear' as const }
    const plots: Plot[] = [
      { name: hostile, title: hostile, x: axis, y: value, layers, notes: [hostile] },
      {
        name: hostile,
        title: hostile,
        x: axis,
        y: axis,
        layers: [{ mark: 'cells', x: 'x', y: 'word', value: 'y', text: 'word' }],
      },
      { name: hostile, title: hostile, x: axis, y: axis, layers: [{ mark: 'line', x: hostile, y: 'y' }] },
    ]
    for (const plot of plots) {
      const svg = drawSvg(table, plot, LIGHT)
      const tags = new Set([...svg.matchAll(/<\/?([^\s>/]+)/g)].map(([, tag]) => tag))
      for (const tag of tags)
        expect([
          'svg',
          'desc',
          'rect',
          'path',
          'text',
          'g',
          'defs',
          'clipPath',
          'use',
          'linearGradient',
          'stop',
          'pattern',
          'polygon',
          'polyline',
          'circle',
        ]).toContain(tag)
      expect(svg).not.toContain('\u001b')
      expect(svg).not.toContain('\u202e')
      // What it is drawn with reads it strictly.
      expect(drawPng(svg, { scale: 1 }).byteLength).toBeGreaterThan(1000)
    }
  })
})

describe('drawPng', () => {
  it('has the size of the picture times the scale', () => {
    const svg = drawSvg(tableOf([[1, 2, 'a']]), PLOT, DARK, { width: 400, height: 300 })
    const png = Buffer.from(drawPng(svg, { scale: 2 }))
    expect(png.subarray(1, 4).toString('latin1')).toBe('PNG')
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([800, 600])
  })

  it('says so where there is no font for its words', () => {
    const svg = drawSvg(tableOf([[1, 2, 'a']]), PLOT, LIGHT)
    expect(() => drawPng(svg, { scale: 1, font: import.meta.filename })).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_FONT' }),
    )
  })
})
