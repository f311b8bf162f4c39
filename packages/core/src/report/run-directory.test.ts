import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ENVIRONMENT, planFixture, SETTINGS, trialFixture } from '../../test/result-fixture.ts'
import type { RunLine } from './journal-line.ts'
import type { RunResult } from './result.ts'
import { createRunDirectory, findRunDirectory, RunDirectory } from './run-directory.ts'
import { createRunId, isRunId } from './run-id.ts'

let folder: string
let output: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'servebench-test-'))
  output = join(folder, 'servebench-results')
})
afterEach(() => rmSync(folder, { recursive: true }))

function runLine(id: string): RunLine {
  return {
    type: 'run',
    schemaVersion: 1,
    id,
    startedAt: '2026-11-22T04:42:00.000Z',
    seed: 'k3f9',
    command: ['servebench'],
    environment: ENVIRONMENT,
    versions: { servebench: '0.1.0' },
    gates: SETTINGS.gates,
  }
}

describe('createRunId', () => {
  it('is UTC to the second and four random digits', () => {
    expect(createRunId(new Date('2026-11-22T04:42:00.987Z'))).toMatch(/^20261122T044200Z-[0-9a-z]{4}$/)
    expect(new Set(Array.from({ length: 50 }, () => createRunId())).size).toBeGreaterThan(45)
    expect(isRunId(createRunId())).toBe(true)
    expect(isRunId('../20261122T044200Z-k3f9')).toBe(false)
  })
})

describe('createRunDirectory', () => {
  it('makes the folder, ignores it in git and points latest at it', () => {
    using directory = createRunDirectory(output, { now: new Date('2026-11-22T04:42:00Z') })
    expect(directory.path).toBe(join(output, directory.id))
    expect(readFileSync(join(output, '.gitignore'), 'utf8')).toBe('*\n')
    expect(readdirSync(directory.path).sort()).toEqual(['journal.ndjson', 'records', 'trials'])
    expect(readlinkSync(join(output, 'latest'))).toBe(directory.id)
    expect(findRunDirectory(output)).toBe(directory.path)
    expect(findRunDirectory(directory.path)).toBe(directory.path)
  })

  it('moves latest to the newest run and leaves a .gitignore of the user alone', () => {
    createRunDirectory(output).close()
    writeFileSync(join(output, '.gitignore'), 'mine\n')
    using second = createRunDirectory(output)
    expect(findRunDirectory(output)).toBe(second.path)
    expect(readFileSync(join(output, '.gitignore'), 'utf8')).toBe('mine\n')
    expect(readdirSync(output).filter((name) => name.startsWith('.latest'))).toEqual([])
  })

  it('reads latest where it is a file, as on systems without links', () => {
    using directory = createRunDirectory(output)
    rmSync(join(output, 'latest'))
    writeFileSync(join(output, 'latest'), `${directory.id}\n`)
    expect(findRunDirectory(output)).toBe(directory.path)
  })

  it('does not follow a latest that names anything but a run beside it', () => {
    mkdirSync(output)
    writeFileSync(join(output, 'latest'), '../../etc')
    expect(findRunDirectory(output)).toBe(output)
  })

  it('gives runs of the same second folders of their own', () => {
    const now = new Date('2026-11-22T04:42:00Z')
    const directories = Array.from({ length: 20 }, () => createRunDirectory(output, { now }))
    for (const directory of directories) directory.close()
    expect(new Set(directories.map((directory) => directory.path)).size).toBe(20)
  })

  it('refuses an output that is a file, or below one, before anything runs', () => {
    writeFileSync(join(folder, 'file'), '')
    for (const bad of [join(folder, 'file'), join(folder, 'file', 'deeper')]) {
      expect(() => createRunDirectory(bad)).toThrow(
        expect.objectContaining({
          code: 'SERVEBENCH_WRITE',
          exitCode: 2,
          advice: expect.stringContaining('--output'),
        }),
      )
    }
  })

  it.runIf(existsSync('/proc/self'))('refuses a file system that takes no folders', () => {
    expect(() => createRunDirectory('/proc/self/servebench-results')).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_WRITE' }),
    )
  })
})

describe('RunDirectory', () => {
  it('writes each trial once, whole, and journals its end', () => {
    using directory = createRunDirectory(output)
    const trial = trialFixture()
    directory.writeTrial(trial)
    expect(readdirSync(join(directory.path, 'trials'))).toEqual([`${trial.id}.json`])
    expect(JSON.parse(readFileSync(join(directory.path, 'trials', `${trial.id}.json`), 'utf8'))).toEqual(
      trial,
    )
    expect(readFileSync(directory.journal.path, 'utf8')).toContain('"trial-end"')
    expect(directory.problem).toBeNull()
  })

  it('loses nothing when trial files cannot be written', () => {
    using directory = createRunDirectory(output)
    directory.journal.append(runLine(directory.id))
    directory.journal.append({ type: 'plan', trial: planFixture(), planHash: 'a'.repeat(64) })
    rmSync(join(directory.path, 'trials'), { recursive: true })
    writeFileSync(join(directory.path, 'trials'), 'a file in the way')
    const trial = trialFixture()
    directory.writeTrial(trial)
    expect(directory.problem).toMatchObject({ code: 'SERVEBENCH_WRITE' })
    const result = directory.assemble()
    expect(result.trials).toEqual([trial])
    expect(result.cases).toHaveLength(1)
    // When there is room again, the files follow.
    rmSync(join(directory.path, 'trials'))
    mkdirSync(join(directory.path, 'trials'))
    expect(directory.save(result).problem).toBeNull()
    expect(directory.problem).toBeNull()
    expect(readdirSync(join(directory.path, 'trials'))).toEqual([`${trial.id}.json`])
  })

  it('saves the result elsewhere when its place is taken', () => {
    using directory = createRunDirectory(output)
    mkdirSync(join(directory.path, 'result.json'))
    const result = { schemaVersion: 1 } as RunResult
    const saved = directory.save(result)
    expect(saved.problem).toMatchObject({ code: 'SERVEBENCH_WRITE' })
    expect(saved.path?.startsWith(join(tmpdir(), `servebench-${directory.id}-`))).toBe(true)
    expect(JSON.parse(readFileSync(saved.path as string, 'utf8'))).toEqual(result)
    rmSync(join(saved.path as string, '..'), { recursive: true })
  })

  it('prints the result when no place will take it', () => {
    using directory = createRunDirectory(output)
    mkdirSync(join(directory.path, 'result.json'))
    const printed: string[] = []
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = join(folder, 'nowhere')
    try {
      expect(directory.save({ schemaVersion: 1 } as RunResult, (text) => printed.push(text))).toMatchObject({
        path: null,
      })
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    }
    expect(printed).toEqual(['{"schemaVersion":1}\n'])
  })

  it('replaces an older result in one step and leaves no scraps', () => {
    using directory = createRunDirectory(output)
    writeFileSync(join(directory.path, 'result.json'), 'old')
    expect(directory.save({ schemaVersion: 1 } as RunResult)).toEqual({
      path: join(directory.path, 'result.json'),
      problem: null,
    })
    expect(readdirSync(directory.path).filter((name) => name.startsWith('.'))).toEqual([])
    expect(lstatSync(join(directory.path, 'result.json')).isFile()).toBe(true)
  })

  it('opens the folder of an earlier run again', () => {
    const first = createRunDirectory(output)
    first.journal.append(runLine(first.id))
    first.close()
    using again = new RunDirectory(first.id, first.path)
    expect(again.assemble().run.exit).toMatchObject({ code: 130 })
  })
})
