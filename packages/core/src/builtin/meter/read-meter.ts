import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { resolveHeaders, type HttpHeaders } from '../../session.ts'
import { boundedText } from '../../report/bounded-text.ts'
import { findValue } from './find-value.ts'
import type { MeterSettings } from './settings.ts'

/** One value in the meter's own unit; NaN when there is none now. */
export type ReadMeter = () => number | Promise<number>

/** A reading that takes two seconds switches a sampler off: a slow meter leaves a gap before. */
const PATIENCE_MS = 1800
const MOST_BYTES = 64 * 1024

const run = promisify(execFile)

/** @throws {Error} from each reading that the program does not make */
export function readCommand(command: readonly string[], settings: MeterSettings): ReadMeter {
  const [program = '', ...args] = command
  return async () => {
    const { stdout } = await run(program, args, { timeout: PATIENCE_MS, maxBuffer: MOST_BYTES })
    return findValue(stdout, settings.pointer, settings.pattern)
  }
}

/** @throws {Error} from each reading that the server does not answer */
export function readUrl(url: string, headers: HttpHeaders, settings: MeterSettings): ReadMeter {
  const resolved = resolveHeaders(headers).map(([name, value]): [string, string] => [name, value])
  return async () => {
    const response = await fetch(url, { headers: resolved, signal: AbortSignal.timeout(PATIENCE_MS) })
    const text = await boundedText(response, MOST_BYTES)
    if (!response.ok) throw new Error(`${url} answers ${response.status}`)
    return findValue(text, settings.pointer, settings.pattern)
  }
}
