const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/**
 * The newest values as block characters, on a scale from 0 to the largest of those shown, so that a small change looks
 * small; a gap where a value is not known.
 */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const shown = values.slice(Math.max(0, values.length - Math.max(0, Math.floor(width))))
  const largest = shown.reduce<number>((most, value) => Math.max(most, value ?? 0), 0)
  return shown.map((value) => (value === null ? ' ' : blockOf(value, largest))).join('')
}

function blockOf(value: number, largest: number): string {
  const share = largest > 0 && value > 0 ? value / largest : 0
  return BLOCKS[Math.min(BLOCKS.length - 1, Math.floor(share * BLOCKS.length))] as string
}
