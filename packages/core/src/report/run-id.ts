import { randomInt } from 'node:crypto'

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

/** A run's id: UTC to the second, and four random digits for runs of the same second: `20261122T044200Z-k3f9`. */
export function createRunId(now: Date = new Date()): string {
  const instant = now.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')
  let suffix = ''
  while (suffix.length < 4) suffix += DIGITS[randomInt(DIGITS.length)]
  return `${instant}-${suffix}`
}

export function isRunId(text: string): boolean {
  return /^\d{8}T\d{6}Z-[0-9a-z]{4}$/.test(text)
}
