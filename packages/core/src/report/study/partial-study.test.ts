import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ENVIRONMENT, SETTINGS } from '../../../test/result-fixture.ts'
import { plannedStudy, simulate } from '../../../test/support/study.ts'
import type { ServerPlan } from '../../plan/trial-plan.ts'
import { analyseStudies } from '../analyses/studies.ts'
import { assembleResult } from '../assemble.ts'
import type { JournalLine } from '../journal-line.ts'
import { renderConsole } from '../render-console.ts'
import { renderMarkdown } from '../render-markdown.ts'
import { runResultSchema } from '../schema.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-partial-'))
  mkdirSync(join(folder, 'trials'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const serverOf = ({ instances = 1 }): ServerPlan => ({
  kind: 'fake',
  package: 'fake',
  launch: {},
  state: { instances },
})

/** What a study of three configurations has written, as text. */
async function journalOf(): Promise<string> {
  const study = plannedStudy(
    { space: { instances: [1, 2, 4] }, loads: { concurrency: [1, 8] }, confirm: { rounds: 2, leaders: 2 } },
    serverOf as never,
  )
  const { result } = await simulate(study, ({ instances }, users) => {
    const throughput = Math.min(100 * Number(instances), 40 * (users ?? 1))
    return { throughput, latency: ((users ?? 1) / throughput) * 1e9 }
  })
  const {
    outcome: _o,
    message: _m,
    best: _b,
    leaders: _l,
    pareto: _p,
    sensitivity: _s,
    points,
    measurements,
    ...header
  } = result
  const lines: JournalLine[] = [
    {
      type: 'run',
      schemaVersion: 1,
      id: '20261122T044200Z-k3f9',
      startedAt: '2026-11-22T04:42:00.000Z',
      seed: 'k3f9',
      command: ['servebench', 'tune'],
      environment: ENVIRONMENT,
      versions: { servebench: '0.1.0' },
      gates: SETTINGS.gates,
    },
    { type: 'study', study: { ...header, state: 'running' } },
    ...measurements.flatMap((measurement, index): JournalLine[] => {
      const { study: id, point } = measurement
      const isFirst = measurements.findIndex((one) => one.point === point) === index
      const server = points.find((one) => one.id === point)?.server
      return [
        { type: 'study-measurement', measurement },
        ...(isFirst && server !== undefined
          ? [{ type: 'study-server', study: id, point, server } as const]
          : []),
      ]
    }),
  ]
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}

it('is reported wherever its journal was cut', async () => {
  const text = await journalOf()
  const begun = text.indexOf('\n', text.indexOf('"type":"study"')) + 1
  const cuts = Array.from({ length: 40 }, (_, index) =>
    Math.round(begun + ((text.length - begun) * index) / 39),
  )
  let known = -1
  for (const cut of cuts) {
    writeFileSync(join(folder, 'journal.ndjson'), text.slice(0, cut))
    const assembled = assembleResult(folder)
    const [study] = assembled.studies ?? []
    const measured = study?.measurements.length ?? -1
    expect(measured).toBeGreaterThanOrEqual(known)
    known = measured
    const result = { ...assembled, analyses: analyseStudies(assembled) }
    expect(runResultSchema.safeParse(result).error?.issues ?? []).toEqual([])
    const options = { colors: false, columns: 100, details: true, directory: folder }
    for (const report of [renderConsole(result, options), renderMarkdown(result)]) {
      expect(report).toContain('Study: tuned')
      expect(report).not.toMatch(/NaN|undefined|\[object/)
    }
    // A measurement whose server was cut off stays one.
    expect(study?.points.length).toBe(new Set(study?.measurements.map(({ point }) => point)).size)
  }
  expect(known).toBeGreaterThan(10)
  const [whole] = assembleResult(folder).studies ?? []
  expect(whole?.outcome).toBe('interrupted')
  expect(whole?.points.map(({ server }) => server?.state)).toEqual(
    [1, 2, 4].map((instances) => ({ instances })),
  )
})
