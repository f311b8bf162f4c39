import { fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import type { JsonObject } from 'servebench/plugin'

/** A metric of `/state/v1/metrics`. Its values are of the last minute, renewed every few seconds: there are no totals. */
export interface StateMetric {
  readonly name: string
  readonly dimensions: Readonly<Record<string, string>>
  /** `last`, `max`, `average` and others; `null`s are left out. */
  readonly values: Readonly<Record<string, number>>
}

/** One reading of a container's metrics. */
export class StateMetrics {
  readonly metrics: readonly StateMetric[]

  constructor(answer: JsonObject) {
    this.metrics = listOf(fieldsOf(answer['metrics'])['values']).map((entry) => {
      const { name, dimensions, values } = fieldsOf(entry)
      return {
        name: textOf(name),
        dimensions: Object.fromEntries(
          Object.entries(fieldsOf(dimensions)).map(([key, value]) => [key, textOf(value)]),
        ),
        values: Object.fromEntries(
          Object.entries(fieldsOf(values)).filter(
            (pair): pair is [string, number] => typeof pair[1] === 'number',
          ),
        ),
      }
    })
  }

  /** The latest value; `null` where there is none. */
  last(name: string, dimensions: Readonly<Record<string, string>> = {}): number | null {
    const found = this.metrics.find(
      (metric) =>
        metric.name === name &&
        Object.entries(dimensions).every(([key, value]) => metric.dimensions[key] === value),
    )
    return found?.values['last'] ?? null
  }
}
