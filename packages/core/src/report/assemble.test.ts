import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ENVIRONMENT, planFixture, SETTINGS, trialFixture } from '../../test/result-fixture.ts'
import { assembleResult } from './assemble.ts'
import type { JournalLine } from './journal-line.ts'
import type { WindowResult } from './result.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
  mkdirSync(join(folder, 'trials'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const RUN: JournalLine = {
  type: 'run',
  schemaVersion: 1,
  id: '20261122T044200Z-k3f9',
  startedAt: '2026-11-22T04:42:00.000Z',
  seed: 'k3f9',
  command: ['servebench', 'run'],
  environment: ENVIRONMENT,
  versions: { servebench: '0.1.0' },
  gates: SETTINGS.gates,
}
const END: JournalLine = {
  type: 'run-end',
  finishedAt: '2026-11-22T04:43:00.000Z',
  interrupted: false,
  strict: false,
  error: null,
}

function journal(...lines: readonly JournalLine[]): void {
  for (const line of lines) appendFileSync(join(folder, 'journal.ndjson'), `${JSON.stringify(line)}\n`)
}
function plan(repeat: number): JournalLine {
  return { type: 'plan', trial: planFixture({ repeat }), planHash: `${repeat}`.repeat(64) }
}
function window(
  second: number,
  phase: WindowResult['phase'],
  due: number,
  completed: number,
  failed: number,
): WindowResult {
  return {
    from: second * 1e9,
    until: (second + 1) * 1e9,
    phase,
    due,
    completed,
    failed,
    inFlight: 1,
    p50: 1e6,
    p95: 2e6,
    p99: 3e6,
    lagP99: 1e4,
  }
}
function trialFile(repeat: number): void {
  const trial = trialFixture({ repeat })
  writeFileSync(join(folder, 'trials', `${trial.id}.json`), JSON.stringify(trial))
}

describe('assembleResult', () => {
  it('puts a finished run together, in the order of the plan', () => {
    journal(RUN, plan(0), plan(1), plan(2))
    journal({ type: 'server', name: 'triton', value: { version: '2.50' } })
    journal({ type: 'analysis', table: { name: 'a', title: 'A', columns: [], rows: [], notes: [] } }, END)
    for (const repeat of [2, 0, 1]) trialFile(repeat)
    const result = assembleResult(folder)
    expect(result.trials.map((trial) => trial.repeat)).toEqual([0, 1, 2])
    expect(result.trials[1]).toEqual(trialFixture({ repeat: 1 }))
    expect(result.cases).toHaveLength(1)
    expect(result.cases[0]?.pooled?.counts.due).toBe(12_000)
    expect(result.analyses).toHaveLength(1)
    expect(result.run).toMatchObject({
      id: '20261122T044200Z-k3f9',
      finishedAt: '2026-11-22T04:43:00.000Z',
      notes: [],
      exit: { code: 0, reasons: [] },
      environment: { servers: { triton: { version: '2.50' } } },
    })
  })

  it('lists cases as they are written, whatever order they ran in', () => {
    const [first, second] = [planFixture({ case: { users: 1 } }), planFixture({ case: { users: 2 } })]
    const unlisted = planFixture({ case: { users: 3 } })
    const plans = [unlisted, second, first].map((trial, index): JournalLine => ({
      type: 'plan',
      trial,
      planHash: `${index}`.repeat(64),
    }))
    journal({ ...RUN, cases: [first.caseId, second.caseId] }, ...plans, END)
    const { cases, trials } = assembleResult(folder)
    expect(cases.map((found) => found.case['users'])).toEqual([1, 2, 3])
    expect(trials.map((trial) => trial.case['users'])).toEqual([3, 2, 1])
  })

  it('reports a killed run: what was finished, what was cut off, what never began', () => {
    journal(RUN, plan(0), plan(1), plan(2))
    trialFile(0)
    journal({
      type: 'trial-start',
      trial: planFixture({ repeat: 1 }).id,
      startedAt: '2026-11-22T04:42:30.000Z',
      engine: 'http1-raw',
      workers: 2,
      connections: 8,
    })
    const trial = planFixture({ repeat: 1 }).id
    journal({ type: 'window', trial, window: window(0, 'warmup', 400, 400, 0) })
    journal({ type: 'window', trial, window: window(1, 'measurement', 400, 390, 5) })
    journal({ type: 'window', trial, window: window(2, 'measurement', 420, 400, 5) })
    journal({ type: 'segment', trial, stream: 'main', at: 2.5e9, segment: { concurrency: 8 } })
    journal({ type: 'event', trial, at: 2.6e9, kind: 'server', message: 'reloaded' })
    appendFileSync(join(folder, 'journal.ndjson'), '{"type":"window","trial":"')

    const result = assembleResult(folder)
    expect(result.trials.map((one) => one.state)).toEqual(['completed', 'interrupted', 'skipped'])
    const cut = result.trials[1]
    expect(cut).toMatchObject({
      engine: { name: 'http1-raw' },
      workers: 2,
      connections: { count: 8 },
      planHash: '1'.repeat(64),
      phases: { warmup: { from: 0, until: 1e9 }, measurement: { from: 1e9, until: 3e9 } },
      counts: { due: 820, completed: 790, failed: 10, censored: 20 },
      offeredLoad: 410,
      throughput: 395,
      verdict: { validity: 'invalid', reasons: [{ code: 'interrupted' }] },
      error: { code: 'SERVEBENCH_INTERRUPTED' },
    })
    expect(cut?.windows).toHaveLength(3)
    expect(cut?.events.map((event) => event.kind)).toEqual(['segment', 'server'])
    expect(cut?.responseTime).toMatchObject({ count: 0, p99: null, method: 'none' })
    expect(result.trials[2]?.error?.code).toBe('SERVEBENCH_NOT_RUN')
    // The repeat that was finished still gives the case its numbers.
    expect(result.cases[0]?.pooled).toEqual(expect.objectContaining({ throughput: 400 }))
    expect(result.cases[0]?.verdict).toMatchObject({ validity: 'suspect' })
    expect(result.run).toMatchObject({ finishedAt: null, exit: { code: 130 } })
  })

  it('leaves damaged lines and files out, and notes it', () => {
    journal(RUN, plan(0))
    appendFileSync(join(folder, 'journal.ndjson'), 'garbage\n')
    journal(END)
    writeFileSync(join(folder, 'trials', `${planFixture().id}.json`), '{"id":')
    const result = assembleResult(folder)
    expect(result.run.notes).toEqual([
      'Line 3 of the journal is damaged and was left out.',
      `The trial file '${planFixture().id}.json' is damaged and was left out.`,
    ])
    expect(result.trials[0]?.state).toBe('skipped')
  })

  it('keeps a trial whose plan line is lost', () => {
    journal(RUN, END)
    trialFile(0)
    expect(assembleResult(folder).trials).toHaveLength(1)
  })

  it('says when there is nothing to report', () => {
    writeFileSync(join(folder, 'journal.ndjson'), '')
    expect(() => assembleResult(folder)).toThrow(expect.objectContaining({ code: 'SERVEBENCH_JOURNAL' }))
    expect(() => assembleResult(join(folder, 'missing'))).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_JOURNAL' }),
    )
  })

  it('carries the error that ended the run into the exit code', () => {
    journal(RUN, {
      ...END,
      error: { code: 'SERVEBENCH_TARGET', message: 'Nobody listens on port 8000.', exitCode: 4 },
    })
    expect(assembleResult(folder).run.exit).toEqual({ code: 4, reasons: ['Nobody listens on port 8000.'] })
  })

  it('does not confuse names with properties of objects', () => {
    journal(RUN, { type: 'server', name: '__proto__', value: { polluted: true } }, END)
    const { servers } = assembleResult(folder).run.environment
    expect(Object.keys(servers)).toEqual(['__proto__'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
