import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { richResult } from '../../test/result-fixture.ts'
import { temporaryProject } from '../../test/support/project.ts'
import { createHooks } from '../hooks/hooks.ts'
import { reportHistory, reportRun, reportRuns } from './report-run.ts'

it('lets every reporter work, also when one fails', async () => {
  using project = temporaryProject()
  const hooks = createHooks()
  const said: string[] = []
  const printed: string[] = []
  hooks.report.tapPromise('first', async (result, context) => {
    context.print(`${result.run.id} in ${context.columns} columns\n`)
  })
  hooks.report.tapPromise('broken', async () => {
    throw new Error('no paper')
  })
  let path = ''
  hooks.report.tapPromise('last', async (_, context) => {
    path = await context.write('out.txt', 'content')
    await context.write(project.path('elsewhere.txt'), new Uint8Array([65]))
    await context.write('new/folder/in.txt', 'inside')
    await expect(context.write('../not-there/out.txt', 'outside')).rejects.toThrow('cannot be written')
  })
  const result = richResult()
  await reportRun(hooks, result, {
    directory: project.root,
    colors: false,
    columns: 72,
    log: { info: () => {}, warn: (message) => void said.push(message) },
    print: (text) => void printed.push(text),
  })
  expect(printed).toEqual([`${result.run.id} in 72 columns\n`])
  expect(said).toEqual(["A report could not be made: Plugin 'broken' failed in report: no paper"])
  expect(path).toBe(project.path('out.txt'))
  expect(readFileSync(path, 'utf8')).toBe('content')
  expect(readFileSync(project.path('new/folder/in.txt'), 'utf8')).toBe('inside')
  expect(readFileSync(project.path('elsewhere.txt'), 'utf8')).toBe('A')
})

it('says whether any reporter takes several runs, and gives all of them to each', async () => {
  const hooks = createHooks()
  const said: string[] = []
  const target = {
    directory: '/nowhere',
    colors: false,
    columns: 72,
    log: { info: () => {}, warn: (message: string) => void said.push(message) },
    print: () => {},
  }
  const runs = ['a', 'b'].map((directory) => ({ directory, result: richResult() }))
  const history = { runs: [], problems: [] }
  await expect(reportRuns(hooks, runs, target)).resolves.toBe(false)
  await expect(reportHistory(hooks, history, target)).resolves.toBe(false)
  const seen: unknown[] = []
  hooks.reportRuns.tapPromise('broken', async () => {
    throw new Error('no paper')
  })
  hooks.reportRuns.tapPromise('one', async (all) => void seen.push(all))
  hooks.reportHistory.tapPromise('one', async (all) => void seen.push(all))
  await expect(reportRuns(hooks, runs, target)).resolves.toBe(true)
  await expect(reportHistory(hooks, history, target)).resolves.toBe(true)
  expect(seen).toEqual([runs, history])
  expect(said).toEqual(["A report could not be made: Plugin 'broken' failed in reportRuns: no paper"])
})
