import type { Dialect } from '@servebench/plugin-oip/dialect'
import { parseDuration } from 'servebench/plugin'
import type { Duration, JsonObject, JsonValue, Problem } from 'servebench/plugin'
import { isObject } from './config/merge-config.ts'
import type { EnsembleGraph } from './control/ensemble-graph.ts'
import { KIND } from './server.ts'
import type { TritonOptions } from './target.ts'

/** How requests use streams: not, one each, or all together. */
export type StreamUse = 'off' | 'request' | 'shared'

/** What a `triton` target has beyond an `oip` target. */
export interface TritonSettings {
  /** For the reading of the other options; has the problems of these. */
  readonly dialect: Dialect
  /** `undefined`: what the model needs. */
  readonly stream: StreamUse | undefined
  /** Parameters that options stand for. */
  readonly parameters: JsonObject
  readonly composing: EnsembleGraph
}

const STREAM_USES: readonly unknown[] = ['off', 'request', 'shared']
const OPTIONS: readonly (keyof TritonOptions)[] = ['stream', 'priority', 'queueTimeout', 'composing']
const NANOS_PER_MICROSECOND = 1000

export function readTritonOptions(options: JsonObject): TritonSettings {
  const problems: Problem[] = []
  const report = (name: string, message: string): void => {
    problems.push({ path: `${KIND}.${name}`, message })
  }
  const { stream, priority, queueTimeout, composing = {} } = options
  if (stream !== undefined && !STREAM_USES.includes(stream))
    report('stream', "must be 'request', 'shared' or 'off'.")
  if (priority !== undefined && !(Number.isInteger(priority) && (priority as number) >= 0)) {
    report('priority', 'must be a whole number: 1 is the highest, 0 the default of the model.')
  }
  const parameters: Record<string, JsonValue> = {}
  if (priority !== undefined) parameters['priority'] = priority
  if (queueTimeout !== undefined) {
    try {
      parameters['timeout'] = Math.round(parseDuration(queueTimeout as Duration) / NANOS_PER_MICROSECOND)
    } catch (error) {
      report('queueTimeout', (error as Error).message)
    }
  }
  if (!isGraph(composing))
    report('composing', "must be lists of models by name: { pipeline: ['detector', 'reader'] }.")
  return {
    dialect: { kind: KIND, options: OPTIONS, problems },
    stream: stream as StreamUse | undefined,
    parameters,
    composing: composing as unknown as EnsembleGraph,
  }
}

function isGraph(value: JsonValue): boolean {
  return (
    isObject(value) &&
    Object.values(value).every(
      (list) => Array.isArray(list) && list.every((name) => typeof name === 'string'),
    )
  )
}
