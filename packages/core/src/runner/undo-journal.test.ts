import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { createHooks, type RunnerHooks } from '../hooks/hooks.ts'
import type { ServerControl } from '../hooks/server.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import type { JsonValue } from '../units/json.ts'
import { takeBack } from './take-back.ts'
import { describeLeftChanges, findLeftChanges, undoFolder, UndoJournal } from './undo-journal.ts'

let project: TemporaryProject
let folder: string
beforeEach(() => {
  project = temporaryProject()
  folder = undoFolder(project.path('results'))
})
afterEach(() => project[Symbol.dispose]())

const PLAN: ServerPlan = {
  kind: 'kept',
  package: 'kept-server',
  launch: { url: 'http://host:8000', headers: { authorization: { env: 'TOKEN' } } },
  state: { instances: 2 },
}
/** Of a process that has ended. */
const GONE = String(spawnSync(process.execPath, ['-e', '']).pid)

function leave(text: string, name = `${GONE}-0-0.ndjson`): void {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/${name}`, text)
}

const SERVER = JSON.stringify({ server: { kind: 'kept', package: 'kept-server', launch: PLAN.launch } })

describe('a journal', () => {
  it('is there from the first change until everything is taken back, and holds no state', () => {
    const journal = new UndoJournal(folder, PLAN)
    journal.remove()
    expect(findLeftChanges(folder)).toEqual([])
    journal.add({ undo: 1 })
    journal.add({ undo: 2 })
    const [name] = readdirSync(folder)
    expect(readFileSync(`${folder}/${name}`, 'utf8')).toBe(
      `${SERVER}\n{"step":{"undo":1}}\n{"step":{"undo":2}}\n`,
    )
    journal.remove()
    expect(readdirSync(folder)).toEqual([])
  })

  it('of a process that runs belongs to it', () => {
    new UndoJournal(folder, PLAN).add('step')
    expect(findLeftChanges(folder)).toEqual([])
  })

  it('that cannot be written forbids the change', () => {
    project.write({ results: 'a file' })
    expect(() => new UndoJournal(folder, PLAN).add('step')).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_UNDO', advice: expect.stringContaining('was not made') }),
    )
  })

  it('of a process that is gone says what it has left, up to a torn line', () => {
    leave(`${SERVER}\n{"step":{"undo":1}}\n{"step":null}\n{"step":{"un`)
    const [left] = findLeftChanges(folder)
    expect(left).toMatchObject({ server: { kind: 'kept', launch: PLAN.launch }, steps: [{ undo: 1 }, null] })
    expect(describeLeftChanges(left as never)).toBe('2 changes of the kept server at http://host:8000')
  })

  it.each([
    ['nothing', ''],
    ['no change', `${SERVER}\n`],
    ['no server', '{"step":1}\n'],
    ['half a server', '{"server":{"kind":"kept","launch":{}}}\n{"step":1}\n'],
    ['something else', 'PK\u0003\u0004\n[1]\nnull\n'],
  ])('with %s leads to nothing', (_, text) => {
    leave(text)
    leave(`${SERVER}\n{"step":1}\n`, 'notes.ndjson')
    expect(findLeftChanges(folder)).toEqual([])
  })
})

describe('taking back', () => {
  let hooks: RunnerHooks
  let taken: (readonly JsonValue[])[]
  beforeEach(() => {
    hooks = createHooks()
    taken = []
    leave(`${SERVER}\n{"step":1}\n{"step":2}\n`)
  })

  function provide(control: Partial<ServerControl>): void {
    hooks.launch.for('kept').tapPromise('kept-server', async ({ kind }) => ({
      kind,
      endpoints: {},
      process: null,
      version: null,
      local: false,
      control: control as ServerControl,
      startup: {},
      stop: async () => void taken.push(['stopped']),
    }))
  }

  const run = (): Promise<readonly string[]> => {
    const [left] = findLeftChanges(folder)
    if (left === undefined) throw new Error('There is no journal.')
    const log = { info: () => {}, warn: () => {} }
    const options = { root: project.root, log, signal: new AbortController().signal }
    return takeBack(left, { load: async () => {}, hooks }, options)
  }

  it('gives the steps to the server and removes the journal', async () => {
    provide({
      undo: async (steps) => {
        taken.push(steps)
        return []
      },
    })
    expect(await run()).toEqual([])
    expect(taken).toEqual([[1, 2], ['stopped']])
    expect(readdirSync(folder)).toEqual([])
  })

  it('keeps the journal while something could not be taken back', async () => {
    provide({ undo: async () => ['The model is gone.'] })
    expect(await run()).toEqual(['The model is gone.'])
    expect(findLeftChanges(folder)).toHaveLength(1)
  })

  it('starts nothing, whatever the journal says', async () => {
    hooks.launch.for('kept').tapPromise('kept-server', async (_, context) => {
      await context.spawn({ command: 'rm', args: ['-rf', '/'] })
      return undefined
    })
    expect(await run()).toEqual([expect.stringContaining('was started by the run itself')])
    expect(findLeftChanges(folder)).toHaveLength(1)
  })

  it('says that nothing can', async () => {
    expect(await run()).toEqual(['Nothing that is installed takes back changes of kept servers.'])
    provide({})
    expect(await run()).toEqual(['Nothing that is installed takes back changes of kept servers.'])
    expect(taken).toEqual([['stopped']])
  })
})
