import { spawnSync } from 'node:child_process'

const UNITS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9 }

/** Nanoseconds of a text such as `1.25ms`. */
export function nanos(text: string): number {
  const match = /^([\d.]+)\s*(ns|us|µs|ms|s|m)$/.exec(text.trim())
  if (!match) throw new Error(`'${text}' is not a duration.`)
  return Number(match[1]) * (UNITS[match[2] as string] as number)
}

/** The first group of a match, or undefined. */
export function find(text: string, pattern: RegExp): string | undefined {
  return pattern.exec(text)?.[1]
}

export function findNumber(text: string, pattern: RegExp): number | undefined {
  const found = find(text, pattern)
  return found === undefined ? undefined : Number(found)
}

/** As {@link findNumber}. @throws when it is not there: then the output is not a report. */
export function needNumber(text: string, pattern: RegExp): number {
  const found = findNumber(text, pattern)
  if (found === undefined || Number.isNaN(found)) throw new Error(`No ${pattern} in: ${text.slice(-300)}`)
  return found
}

/** The text between the first `{` and the last `}` as JSON. */
export function embeddedJson(text: string): unknown {
  return JSON.parse(text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1))
}

/** The first thing like a version that the command prints, wherever it prints it and however it exits. */
export function versionOf(command: string, ...parameters: string[]): string {
  const { stdout, stderr } = spawnSync(command, parameters, { encoding: 'utf8', timeout: 20_000 })
  const text = `${stdout ?? ''}${stderr ?? ''}`
  const version = find(text, /(\d+\.\d+(?:\.\d+)*\S*)/)?.replace(/[,;)\]]+$/, '')
  return version ?? find(text, /(\S+)/) ?? 'unknown'
}
