import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { FileWatcher } from './file-watcher.ts'

let project: TemporaryProject
let elsewhere: TemporaryProject
let watcher: FileWatcher
let changes: Set<string>
let isLoose = false

beforeEach(async () => {
  isLoose = false
  project = temporaryProject({
    'a.bench.ts': '1',
    'src/helper.ts': '1',
    'src/other.ts': '1',
    'node_modules/lib/index.ts': '1',
    'servebench-results/x.bench.ts': '1',
  })
  elsewhere = temporaryProject({ 'models/a.onnx': '1', 'outside.ts': '1' })
  changes = new Set()
  watcher = new FileWatcher({
    root: project.root,
    exclude: ['**/node_modules/**'],
    output: project.path('servebench-results'),
    isWanted: (path) => path.endsWith('.bench.ts') || isLoose,
    onChange: (path) => changes.add(path),
    onError: (error) => {
      throw error
    },
  })
  await watcher.ready
})
afterEach(async () => {
  await watcher[Symbol.asyncDispose]()
  project[Symbol.dispose]()
  elsewhere[Symbol.dispose]()
})

async function expectChange(path: string): Promise<void> {
  await expect.poll(() => [...changes], { timeout: 5000, interval: 5 }).toContain(path)
  changes.clear()
}

/** Writes until it is told: a file that is followed from now on is not watched within the same turn. */
async function expectFollowed(path: string): Promise<void> {
  await expect
    .poll(
      () => {
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, String(Math.random()))
        return changes.has(path)
      },
      { timeout: 5000, interval: 50 },
    )
    .toBe(true)
  changes.clear()
}

/** Waits for all that is told of earlier writes: events of one folder keep their order. */
async function settle(folder: string): Promise<string[]> {
  const marker = project.path(`${folder}/marker.bench.ts`)
  writeFileSync(marker, String(Math.random()))
  await expect.poll(() => [...changes], { timeout: 5000, interval: 5 }).toContain(marker)
  const told = [...changes].filter((path) => path !== marker)
  changes.clear()
  return told
}

describe('FileWatcher', () => {
  it('tells changes of wanted files, and of new ones in new folders', async () => {
    writeFileSync(project.path('a.bench.ts'), '2')
    await expectChange(project.path('a.bench.ts'))
    mkdirSync(project.path('new/deep'), { recursive: true })
    writeFileSync(project.path('new/deep/b.bench.ts'), '1')
    await expectChange(project.path('new/deep/b.bench.ts'))
    rmSync(project.path('a.bench.ts'))
    await expectChange(project.path('a.bench.ts'))
  })

  it('tells a file that is replaced, as editors do, again and again', async () => {
    const file = project.path('a.bench.ts')
    for (const text of ['2', '3', '4']) {
      writeFileSync(`${file}.tmp`, text)
      renameSync(`${file}.tmp`, file)
      await expectChange(file)
    }
  })

  it('follows other files only by name, and until they are not followed any more', async () => {
    const helper = project.path('src/helper.ts')
    writeFileSync(helper, '2')
    expect(await settle('src')).toEqual([])
    watcher.follow(new Set([helper]), new Set())
    await expectFollowed(helper)
    await settle('src')
    watcher.follow(new Set(), new Set())
    writeFileSync(helper, '4')
    expect(await settle('src')).toEqual([])
    watcher.follow(new Set([helper]), new Set())
    await expectFollowed(helper)
  })

  it('follows files and folders elsewhere, also in folders that are left out, and such that do not exist yet', async () => {
    const files = [
      elsewhere.path('outside.ts'),
      project.path('node_modules/lib/index.ts'),
      elsewhere.path('later.ts'),
    ]
    watcher.follow(new Set(files), new Set([elsewhere.path('models')]))
    for (const file of [...files, elsewhere.path('models/a.onnx'), elsewhere.path('models/v2/b.onnx')]) {
      await expectFollowed(file)
    }
  })

  it('takes no notice of results and of folders that are left out', async () => {
    for (const folder of ['servebench-results', 'node_modules/lib', 'src']) {
      writeFileSync(join(project.root, folder, 'y.bench.ts'), '1')
    }
    await expectChange(project.path('src/y.bench.ts'))
    expect(await settle('src')).toEqual([])
  })

  it('asks anew which files are wanted', async () => {
    isLoose = true
    writeFileSync(project.path('src/appeared.ts'), '1')
    await expectChange(project.path('src/appeared.ts'))
  })
})
