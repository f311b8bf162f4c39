import { ServebenchError } from '../errors/servebench-error.ts'

/** A number of bytes with its unit, such as `'64KiB'`, `'2MiB'`, `'1GB'`. */
export type ByteSize = `${number}${'B' | 'kB' | 'KiB' | 'MB' | 'MiB' | 'GB' | 'GiB' | 'TB' | 'TiB'}`

const FACTORS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KiB: 1024,
  MB: 1e6,
  MiB: 1024 * 1024,
  GB: 1e9,
  GiB: 1024 * 1024 * 1024,
  TB: 1e12,
  TiB: 1024 * 1024 * 1024 * 1024,
}

/**
 * Reads a {@link ByteSize} into whole bytes.
 * @throws {ServebenchError} `SERVEBENCH_BYTES` when the text is not a non-negative number with a unit.
 */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s?(B|kB|KiB|MB|MiB|GB|GiB|TB|TiB)$/.exec(text.trim())
  const factor = match && FACTORS[match[2] as string]
  if (!match || factor === undefined || factor === null) {
    throw new ServebenchError('SERVEBENCH_BYTES', `'${text}' is not a size.`, {
      advice: "Write a number with a unit, for example '64KiB', '2MiB' or '1GB'.",
    })
  }
  return Math.round(Number(match[1]) * factor)
}

/** Writes a size in binary units: `600 B`, `12.5 KiB`, `1.21 GiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–'
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let index = 0
  let value = bytes
  while (Math.abs(value) >= 1023.5 && index < units.length - 1) {
    value /= 1024
    index += 1
  }
  const digits = index === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2
  return `${value.toFixed(digits)} ${units[index]}`
}
