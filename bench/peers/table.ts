import type { Line } from './section.ts'
import { FOREIGN_LIMIT } from './trial.ts'

/** Median, least and greatest of some runs. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spread(values: readonly (number | null | undefined)[]): Spread | null {
  const sorted = values
    .filter((value): value is number => typeof value === 'number' && Number.isFinite(value))
    .toSorted((a, b) => a - b)
  if (sorted.length === 0) return null
  const half = sorted.length >> 1
  const middle =
    sorted.length % 2 === 1 ? sorted[half] : ((sorted[half - 1] as number) + (sorted[half] as number)) / 2
  return { median: middle as number, min: sorted[0] as number, max: sorted.at(-1) as number }
}

/** The runs of one tool in one cell: those that nobody disturbed, or all of them where there is none. */
export interface Runs {
  readonly tool: string
  readonly lines: readonly Line[]
  readonly made: number
  readonly clean: boolean
}

export function runsOf(lines: readonly Line[], cell: string): Runs[] {
  const byTool = Map.groupBy(
    lines.filter((line) => line.cell === cell),
    ({ tool }) => tool,
  )
  return [...byTool].map(([tool, all]) => {
    const usable = all.filter(({ outcome }) => outcome.problem === null)
    const clean = usable.filter(({ outcome }) => outcome.foreignCores <= FOREIGN_LIMIT)
    return { tool, lines: clean.length > 0 ? clean : usable, made: all.length, clean: clean.length > 0 }
  })
}

export function cellsOf(lines: readonly Line[]): string[] {
  return [...new Set(lines.map(({ cell }) => cell))]
}

/**
 * Ratios to a reference, each against the reference of its own round, so that both were measured under the same
 * conditions; where that round has none, against the reference's median.
 */
export function ratios(
  runs: Runs,
  reference: Runs | undefined,
  value: (line: Line) => number | null | undefined,
): Spread | null {
  if (reference === undefined) return null
  const fallback = spread(reference.lines.map(value))?.median
  return spread(
    runs.lines.map((line) => {
      const own = reference.lines.find(({ round }) => round === line.round)
      const base = (own === undefined ? undefined : value(own)) ?? fallback
      const measured = value(line)
      return typeof base !== 'number' || typeof measured !== 'number' ? null : measured / base
    }),
  )
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [
    tableLine(header),
    `|${header.map((_, column) => (column === 0 ? ' --- |' : ' ---: |')).join('')}`,
    ...rows.map(tableLine),
  ].join('\n')
}

/** `0.81 (0.79–0.84)` */
export function formatSpread(values: Spread | null, digits: number): string {
  if (values === null) return '–'
  const middle = values.median.toFixed(digits)
  const [min, max] = [values.min.toFixed(digits), values.max.toFixed(digits)]
  return min === max ? middle : `${middle} (${min}–${max})`
}

export function fixed(value: number | null, digits: number): string {
  return value === null || !Number.isFinite(value) ? '–' : value.toFixed(digits)
}

/** Nanoseconds as microseconds, milliseconds or seconds. */
export function formatNanos(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  if (value < 999_500) return `${(value / 1e3).toFixed(value < 9950 ? 1 : 0)} µs`
  if (value < 999_500_000) return `${(value / 1e6).toFixed(value < 9.95e6 ? 2 : value < 99.5e6 ? 1 : 0)} ms`
  return `${(value / 1e9).toFixed(2)} s`
}

export function median(runs: Runs, value: (line: Line) => number | null | undefined): number | null {
  return spread(runs.lines.map(value))?.median ?? null
}

/** `wrk` or, where every run was disturbed, `wrk ~`; with the runs used of those made. */
export function label(runs: Runs): string {
  return `${runs.tool}${runs.clean ? '' : ' ~'}`
}

export function used(runs: Runs): string {
  return `${runs.lines.length}/${runs.made}`
}
