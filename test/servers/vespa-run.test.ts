/** Whole runs against a real container, which tells its time of each search in a header. */
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { install, serverFiles } from './support/install.ts'
import { expectLittlesLaw, trialOf } from './support/laws.ts'
import { Project } from './support/project.ts'

it('the laws hold for searches', async () => {
  const folder = install('vespa')
  using project = new Project(`
import { closed, describe, scenario } from 'servebench'
import { vespaSearch, vespaServer } from '@servebench/plugin-vespa'

describe('vespa', () => {
  scenario('search', {
    server: vespaServer({
      jars: '${join(folder, 'lib')}',
      classpath: ['${join(folder, 'classes')}'],
      application: '${join(serverFiles('vespa'), 'application')}',
    }),
    target: () => vespaSearch({ benchmarkData: true }),
    input: { query: { query: 'tea', hits: 2, sleep: 20 } },
    load: closed({ concurrency: 4 }),
    check: (response) => response.hits.length === 2,
  })
})
`)
  const { code, output } = await project.run()
  expect(code, output).toBe(0)
  const trial = trialOf(project.result(), 'search')
  expect(trial.counts).toMatchObject({ failed: 0, timedOut: 0, incorrect: 0 })
  await expectLittlesLaw(trial, project)
  const client = trial.serviceTime.mean as number
  const { serverCompute } = trial
  // Each of them is inside of what the client has seen, and has slept for 20 ms. The header has whole milliseconds.
  expect(serverCompute.count).toBe(trial.counts.completed)
  expect(serverCompute.min).toBeGreaterThanOrEqual(19e6)
  expect(serverCompute.mean as number).toBeLessThan(client + 1e6)
})
