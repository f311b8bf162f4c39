import { createColors } from 'picocolors'

/** What the words of verdicts are painted in. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  /** By a verdict of a measurement or of an SLO, or by a severity. */
  verdict(word: string, text?: string): string
}

/** @param enabled false for files, pipes and `NO_COLOR`: text then stays as it is */
export function createPaint(enabled: boolean): Paint {
  const colors = createColors(enabled)
  const palette: Readonly<Record<string, (text: string) => string>> = {
    valid: colors.green,
    pass: colors.green,
    suspect: colors.yellow,
    undecided: colors.yellow,
    interrupted: colors.yellow,
    skipped: colors.yellow,
    invalid: colors.red,
    fail: colors.red,
    failed: colors.red,
  }
  return {
    bold: colors.bold,
    dim: colors.dim,
    verdict: (word, text = word) =>
      Object.hasOwn(palette, word) ? (palette[word] as (text: string) => string)(text) : text,
  }
}
