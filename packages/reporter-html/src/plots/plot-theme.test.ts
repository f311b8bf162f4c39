import { describe, expect, it } from 'vitest'
import { DARK, LIGHT } from './plot-theme.ts'

type Triple = readonly [number, number, number]
type Matrix = readonly [Triple, Triple, Triple]

/** G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, IEEE TVCG 15, 2009: complete deficiencies, on linear RGB. */
const SIGHTS: Readonly<Record<string, Matrix>> = {
  'all colours': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

function linear(color: string): Triple {
  return [1, 3, 5].map((at) => {
    const channel = Number.parseInt(color.slice(at, at + 2), 16) / 255
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
  }) as unknown as Triple
}

function times(matrix: Matrix, vector: Triple): Triple {
  return matrix.map((row) =>
    row.reduce((sum, factor, at) => sum + factor * (vector[at] as number), 0),
  ) as unknown as Triple
}

/** B. Ottosson's OKLab (2020): distances are about as large as differences look. */
function perceived(rgb: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb.map((channel) => Math.min(1, Math.max(0, channel))) as unknown as Triple,
  ).map(Math.cbrt) as unknown as Triple
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    cones,
  )
}

function luminance(color: string): number {
  const [red, green, blue] = linear(color)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** WCAG 2.2, 1.4.11: what has to be seen stands out from its ground by 3 : 1, words by 4.5 : 1. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].toSorted((one, other) => one - other) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

describe.each([LIGHT, DARK])('the theme $name', ({ palette, background, text, muted, scale }) => {
  it('has colours and words that stand out', () => {
    for (const color of palette) expect(contrast(color, background)).toBeGreaterThan(3)
    for (const color of [text, muted]) expect(contrast(color, background)).toBeGreaterThan(4.5)
  })

  it.each(Object.entries(SIGHTS))('tells its colours apart for %s', (_, sight) => {
    const seen = palette.map((color) => perceived(times(sight, linear(color))))
    for (const [index, one] of seen.entries())
      for (const other of seen.slice(index + 1))
        expect(Math.hypot(...one.map((value, at) => value - (other[at] as number)))).toBeGreaterThan(0.085)
  })

  it('has a scale that gets lighter all the way', () => {
    const lightness = scale.map((color) => perceived(linear(color))[0])
    expect(lightness).toEqual(lightness.toSorted((a, b) => a - b))
  })
})
