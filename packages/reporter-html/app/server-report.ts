import type { AnalysisTable, Trial } from 'servebench/plugin'
import { formatNanos, formatNumber } from 'servebench/report'
import { analysisBody } from './analysis.ts'
import { h, preformatted } from './dom.ts'
import { facts, type Fact } from './facts.ts'

/** The server as it was, and the plan: what is needed to do it again. */
export function serverReport({ server, plan, planHash, static: models }: Trial): HTMLElement {
  return h(
    'div',
    { class: 'configuration' },
    h('h4', {}, 'Configuration'),
    server === null
      ? null
      : [
          facts([
            ['server', [server.kind, server.version].filter((part) => part !== null).join(' ')],
            [
              'container',
              server.container === undefined
                ? null
                : `${server.container.runtime}: ${server.container.image}`,
            ],
            ...Object.entries(server.stages ?? {}).map(stageFact),
          ]),
          server.batchSizes === null || server.batchSizes.length === 0
            ? null
            : analysisBody(batchTable(server.batchSizes)),
          json('Effective configuration of the server', server.effectiveConfig),
        ],
    models === null ? null : json('The models, without running them', models),
    json(`Plan (SHA-256 ${planHash.slice(0, 12)})`, plan),
  )
}

/** Among the stages some servers tell the mean batch, which is no time. */
function stageFact([stage, value]: readonly [string, number | null]): Fact {
  const name = stage.replaceAll(/([A-Z])/g, ' $1').toLowerCase()
  if (value === null) return [name, null]
  return stage === 'meanBatch' ? [name, formatNumber(value)] : [`mean ${name}`, formatNanos(value)]
}

function batchTable(sizes: readonly { readonly size: number; readonly count: number }[]): AnalysisTable {
  return {
    name: 'batches',
    title: 'Batches that the server made',
    columns: [
      { name: 'batch size', unit: null },
      { name: 'executions', unit: null },
    ],
    rows: sizes.map(({ size, count }) => [size, count]),
    notes: [],
    plotOnly: true,
    plots: [
      {
        name: 'sizes',
        title: 'Batches that the server made',
        x: { title: 'batch size', unit: null, scale: 'category' },
        y: { title: 'executions', unit: null, scale: 'linear' },
        layers: [{ mark: 'bars', x: 'batch size', y: 'executions' }],
      },
    ],
  }
}

/** Whatever the tables have no place for. */
export function json(title: string, value: unknown): HTMLElement {
  const element = h('details', { class: 'json' }, h('summary', {}, title))
  element.addEventListener(
    'toggle',
    () => element.append(preformatted(JSON.stringify(value, null, 2) ?? 'null', title)),
    { once: true },
  )
  return element
}
