import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ENVIRONMENT, planFixture, resultFixture, SETTINGS, trialFixture } from '../../test/result-fixture.ts'
import type { RunLine } from './journal-line.ts'
import { parseResult, readResult } from './read-result.ts'
import type { RunResult } from './result.ts'
import { createRunDirectory } from './run-directory.ts'
import { createResultJsonSchema } from './schema.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
  file = join(folder, 'result.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const RESULT: RunResult = resultFixture([
  trialFixture({ case: { batch: 1, precision: 'fp16' } }),
  trialFixture({
    case: { batch: 8, precision: 'fp16' },
    gauges: { power: { unit: 'W', device: 'gpu0', mean: 1, min: 1, max: 1, p95: 1, coverage: 1 } },
  }),
])

function runLine(id: string): RunLine {
  return {
    type: 'run',
    schemaVersion: 1,
    id,
    startedAt: '2026-11-22T04:42:00.000Z',
    seed: 's',
    command: [],
    environment: ENVIRONMENT,
    versions: {},
    gates: SETTINGS.gates,
  }
}
function codeOf(thrown: unknown): unknown {
  return (thrown as { code?: unknown }).code
}
async function failure(text: string): Promise<unknown> {
  return parseResult(text, 'x.json').then(
    () => undefined,
    (cause: unknown) => cause,
  )
}

describe('readResult', () => {
  it('reads the file, the run’s folder and the results folder', async () => {
    using directory = createRunDirectory(folder)
    directory.save(RESULT)
    for (const path of [join(directory.path, 'result.json'), directory.path, folder]) {
      expect(await readResult(path)).toEqual(RESULT)
    }
  })

  it('puts a killed run together, without damaged trials', async () => {
    using directory = createRunDirectory(folder)
    directory.journal.append(runLine(directory.id))
    for (const repeat of [0, 1]) {
      directory.journal.append({ type: 'plan', trial: planFixture({ repeat }), planHash: 'a'.repeat(64) })
      directory.writeTrial(trialFixture({ repeat }))
    }
    const { id } = planFixture({ repeat: 1 })
    writeFileSync(
      join(directory.path, 'trials', `${id}.json`),
      JSON.stringify({ ...trialFixture({ repeat: 1 }), counts: 'many' }),
    )
    const result = await readResult(folder)
    expect(result.trials.map((trial) => trial.state)).toEqual(['completed', 'skipped'])
    expect(result.run).toMatchObject({
      exit: { code: 130 },
      notes: [`The trial file '${id}.json' is damaged and was left out.`],
    })
  })

  it('refuses a journal that holds something else than a run', async () => {
    const directory = join(folder, 'run')
    mkdirSync(directory)
    writeFileSync(join(directory, 'journal.ndjson'), '{"type":"run","id":7}\n')
    await expect(readResult(directory)).rejects.toMatchObject({ code: 'SERVEBENCH_JOURNAL' })
  })

  it('leaves out journal lines that are not what their type says', async () => {
    using directory = createRunDirectory(folder)
    directory.journal.append(runLine(directory.id))
    writeFileSync(
      directory.journal.path,
      [
        '{"type":"plan"}',
        '{"type":"window","trial":"x","window":{"due":"1"}}',
        '{"type":"run-end","error":7}',
        '',
      ].join('\n'),
      { flag: 'a' },
    )
    const { run } = await readResult(directory.path)
    expect(run.notes.map((note) => /^Line (\d)/.exec(note)?.[1])).toEqual(['2', '3', '4'])
    expect(run.exit.code).toBe(130)
  })

  it('says what to give when there is nothing', async () => {
    for (const path of [join(folder, 'none'), folder, join(folder, 'none', 'deeper')]) {
      await expect(readResult(path)).rejects.toMatchObject({
        code: 'SERVEBENCH_RESULT_MISSING',
        advice: expect.stringContaining('result.json'),
      })
    }
    writeFileSync(file, '{}')
    await expect(readResult(join(file, 'deeper'))).rejects.toMatchObject({
      code: 'SERVEBENCH_RESULT_MISSING',
    })
  })

  it('does not read a file of gigabytes', async () => {
    writeFileSync(file, '{')
    truncateSync(file, 257 * 1024 * 1024)
    await expect(readResult(file)).rejects.toMatchObject({ code: 'SERVEBENCH_RESULT_SIZE' })
  })
})

describe('parseResult', () => {
  it('keeps what a newer version of the same schema added', async () => {
    const extended = { ...RESULT, extra: 1, run: { ...RESULT.run, extra: { deep: true } } }
    expect(await parseResult(JSON.stringify(extended), 'x.json')).toEqual(extended)
  })

  it.each(['', '{', 'null', '[]', '7', '"text"', '{}', '{"schemaVersion":"1"}', '{"schemaVersion":0}'])(
    'refuses %j as no result',
    async (text) => {
      expect(codeOf(await failure(text))).toBe('SERVEBENCH_RESULT_CORRUPT')
    },
  )

  it('refuses a newer schema and says so', async () => {
    expect(await failure(JSON.stringify({ ...RESULT, schemaVersion: 2 }))).toMatchObject({
      code: 'SERVEBENCH_RESULT_NEWER',
      message: expect.stringContaining('newer servebench (schema 2'),
      advice: expect.stringContaining('Update'),
    })
  })

  it('says where it is wrong, and does not list hundreds of problems', async () => {
    const broken = {
      ...RESULT,
      trials: RESULT.trials.map((trial) => ({ ...trial, counts: {}, windows: [{}], workers: '1' })),
    }
    const cause = (await failure(JSON.stringify(broken))) as Error
    expect(codeOf(cause)).toBe('SERVEBENCH_VALIDATION')
    expect(cause.message).toContain('trials.0.workers')
    expect(cause.message.split('\n')).toHaveLength(12)
    expect(cause.message).toMatch(/and \d+ more/)
  })

  it.each([
    [
      'NaN as a string',
      (result: RunResult) => ({
        ...result,
        trials: result.trials.map((trial) => ({ ...trial, throughput: 'NaN' })),
      }),
    ],
    [
      'an additional percentile that is text',
      (result: RunResult) => ({
        ...result,
        trials: result.trials.map((trial) => ({
          ...trial,
          responseTime: { ...trial.responseTime, 'p97.5': 'x' },
        })),
      }),
    ],
    [
      'a load without a loop',
      (result: RunResult) => ({
        ...result,
        trials: result.trials.map((trial) => ({
          ...trial,
          plan: { ...trial.plan, streams: { main: { ...trial.plan.streams['main'], load: {} } } },
        })),
      }),
    ],
    ['cases that are missing', (result: RunResult) => ({ ...result, cases: undefined })],
  ])('refuses %s', async (_, change) => {
    expect(codeOf(await failure(JSON.stringify(change(RESULT))))).toBe('SERVEBENCH_VALIDATION')
  })

  it('survives nesting that exhausts the stack', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    const text = JSON.stringify({ ...RESULT, searches: [{ deep: 'HERE' }] }).replace('"HERE"', deep)
    expect(String(codeOf(await failure(text)))).toMatch(/^SERVEBENCH_/)
  })

  it('neutralises control characters of a hostile file in its errors', async () => {
    const hostile = { ...RESULT, definitions: { '\u001b[2J\u202e': 7 } }
    const cause = (await failure(JSON.stringify(hostile))) as Error
    expect(cause.message).toContain('definitions.\\x1b[2J\\u202e')
    expect(cause.message).not.toContain('\u001b')
  })
})

describe('the published JSON Schema', () => {
  it('is that of the code; vitest -u writes it anew', async () => {
    const text = `${JSON.stringify(createResultJsonSchema(), null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../schema/result.schema.json')
  })
})
