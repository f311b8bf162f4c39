import { Resvg, type ResvgRenderOptions } from '@resvg/resvg-js'
import { ServebenchError } from 'servebench/plugin'

export interface PngOptions {
  /** Pixels of the file for each of the picture. */
  readonly scale: number
  /** A font file; otherwise the fonts of the system. */
  readonly font?: string | undefined
}

/**
 * A picture as a PNG file. Its letters are of the first font of the theme's list that there is, else of any that the
 * system has; a font file that is given goes before all.
 * @throws {ServebenchError} `SERVEBENCH_FONT` where there is no font at all: the picture would have no words
 */
export function drawPng(svg: string, { scale, font }: PngOptions): Uint8Array {
  const options: ResvgRenderOptions = {
    fitTo: { mode: 'zoom', value: scale },
    font: font === undefined ? { loadSystemFonts: true } : { loadSystemFonts: false, fontFiles: [font] },
    logLevel: 'off',
  }
  if (new Resvg(PROBE, options).getBBox() === undefined) {
    throw new ServebenchError(
      'SERVEBENCH_FONT',
      font === undefined
        ? 'This machine has no fonts for the words of a picture.'
        : `There is no font in '${font}'.`,
      {
        advice:
          "Install one (for example fonts-dejavu-core), or give a file with the option 'font'; SVG needs none.",
      },
    )
  }
  return new Resvg(svg, options).render().asPng()
}

const PROBE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9" font-family="sans-serif">M</text></svg>'
