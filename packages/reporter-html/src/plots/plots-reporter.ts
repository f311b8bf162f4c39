import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { API_VERSION, definePlugin, readOption, refuseUnknown, ValidationError } from 'servebench/plugin'
import type { BenchPlugin, JsonObject, JsonValue, Problem } from 'servebench/plugin'
import { drawPng } from './draw-png.ts'
import { drawSvg } from './draw-svg.ts'
import { plotFiles } from './plot-files.ts'
import { DARK, LIGHT, type PlotTheme } from './plot-theme.ts'

const NAME = '@servebench/reporter-html/plots'

/** Of the reporter: every plot of a run as a file. */
export interface PlotsOptions {
  /** Default `svg`. */
  readonly format?: 'svg' | 'png'
  /** Default `light`. */
  readonly theme?: 'light' | 'dark'
  /** Default 900 × 500. */
  readonly width?: number
  readonly height?: number
  /** Pixels of a PNG file for each of the picture; default 2. */
  readonly scale?: number
  /** Font file for PNG; default: the fonts of the system. */
  readonly font?: string
  /** Default `plots`, in the folder of the run. */
  readonly folder?: string
  /** Whether each trial is drawn over time; default true. */
  readonly timelines?: boolean
}

interface Settings {
  readonly format: 'svg' | 'png'
  readonly theme: PlotTheme
  readonly width: number
  readonly height: number
  readonly scale: number
  readonly font: string | undefined
  readonly folder: string
  readonly timelines: boolean
}

/** The reporter `plots`. */
export const plugin: BenchPlugin = definePlugin({
  name: NAME,
  apiVersion: API_VERSION,
  apply({ hooks, options }) {
    const settings = readSettings(options)
    hooks.report.tapPromise(NAME, async (result, context) => {
      let count = 0
      for (const { file, table, plot } of plotFiles(result, settings.timelines)) {
        const { format, folder, theme, width, height } = settings
        const svg = drawSvg(table, plot, theme, { width, height })
        await context.write(`${folder}/${file}.${format}`, format === 'svg' ? svg : drawPng(svg, settings))
        count += 1
      }
      const where = join(context.directory, settings.folder)
      context.log.info(`${count} ${count === 1 ? 'plot' : 'plots'} in ${where}`)
    })
  },
})

function readSettings(options: JsonObject): Settings {
  const problems: Problem[] = []
  refuseUnknown(
    options,
    ['format', 'theme', 'width', 'height', 'scale', 'font', 'folder', 'timelines'],
    '',
    problems,
  )
  const read = <V>(name: keyof PlotsOptions, reader: (value: JsonValue | undefined) => V, fallback: V): V =>
    readOption(name, options[name], reader, fallback, problems)
  const settings: Settings = {
    format: read('format', (value) => oneOf(value, ['svg', 'png'] as const), 'svg'),
    theme: read(
      'theme',
      (value) => (oneOf(value, ['light', 'dark'] as const) === 'dark' ? DARK : LIGHT),
      LIGHT,
    ),
    width: read('width', (value) => numberIn(value, 900, 200, 10_000), 900),
    height: read('height', (value) => numberIn(value, 500, 150, 10_000), 500),
    scale: read('scale', (value) => numberIn(value, 2, 0.5, 8), 2),
    font: read('font', readFont, undefined),
    folder: read('folder', readFolder, 'plots'),
    timelines: read('timelines', readSwitch, true),
  }
  if (problems.length > 0) throw new ValidationError('The options of reporter plots', problems)
  return settings
}

function oneOf<Word extends string>(value: JsonValue | undefined, words: readonly [Word, ...Word[]]): Word {
  const found = value === undefined ? words[0] : words.find((word) => word === value)
  if (found === undefined) throw new TypeError(`expected ${words.map((word) => `'${word}'`).join(' or ')}.`)
  return found
}

function numberIn(value: JsonValue | undefined, fallback: number, least: number, most: number): number {
  if (value === undefined) return fallback
  if (typeof value !== 'number' || !(value >= least && value <= most))
    throw new RangeError(`expected a number from ${least} to ${most}.`)
  return value
}

function readFont(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !existsSync(value))
    throw new TypeError('expected a font file that exists.')
  return value
}

function readFolder(value: JsonValue | undefined): string {
  if (value === undefined) return 'plots'
  if (typeof value !== 'string' || value === '') throw new TypeError('expected the name of a folder.')
  return value
}

function readSwitch(value: JsonValue | undefined): boolean {
  if (value !== undefined && typeof value !== 'boolean') throw new TypeError('expected true or false.')
  return value ?? true
}
