/** Functions of a bench file that run beside the load and never come back, or throw, or leave: each costs its trial only. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'

const BENCH = `
import { closed, generate, http, inline, scenario } from 'servebench'
const target = http({ url: process.env.TARGET_URL })
const load = closed({ concurrency: 1, requests: 20 })
const thinking = (thinkTime) => closed({ concurrency: 1, requests: 20, thinkTime })
scenario('check loops', { target, load, check: () => { for (;;); } })
scenario('check waits', { target, load, check: () => new Promise(() => {}) })
scenario('check exits', { target, load, check: () => process.exit(3) })
scenario('input loops', { target, load, input: generate(() => { for (;;); }) })
scenario('input waits', { target, load, input: generate(() => new Promise(() => {})) })
scenario('input throws', { target, load, input: generate(() => { throw new Error('no data') }) })
scenario('inline loops', { target: inline(() => { for (;;); }), load })
scenario('inline exits', { target: inline(() => process.exit(5)), load })
scenario('inline waits', { target: inline(() => new Promise(() => {})), load, timeout: '200ms' })
scenario('think time loops', { target, load: thinking(() => { for (;;); }) })
scenario('think time throws', { target, load: thinking(() => { throw new Error('tired') }) })
scenario('think time is none', { target, load: thinking(() => '5 bananas') })
scenario('fine', { target, load, check: () => true })
`

let server: TruthServer
let project: E2eProject
let run: CliResult
beforeAll(async () => {
  server = await createTruthServer()
  project = new E2eProject({ 'a.bench.ts': BENCH }, { collectTimeout: '1s' })
  run = await servebench(project, [], { env: { TARGET_URL: server.url } })
}, 90_000)
afterAll(async () => {
  project[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

it.each([
  ['check loops', '`check`, or the decoding of an answer, did not come to an end within 1.00 s.'],
  ['check waits', '`check`, or the decoding of an answer, did not come to an end within 1.00 s.'],
  ['check exits', 'The thread that encodes and checks ended by itself (exit code 3).'],
  ['input loops', '`input`, or the encoding of a request, did not come to an end within 1.00 s.'],
  ['input waits', '`input`, or the encoding of a request, did not come to an end within 1.00 s.'],
  ['input throws', '`input` threw for payload 0: no data'],
  ['inline loops', 'A load thread has done nothing for 1.00 s.'],
  ['inline exits', 'A load thread ended by itself (exit code 5).'],
  ['think time loops', 'A load thread has done nothing for 1.00 s.'],
  ['think time throws', 'The think time threw: tired'],
  ['think time is none', "The think time threw: '5 bananas' is not a duration."],
])('%s: the trial fails and says why', (name, message) => {
  const { state, error } = trialOf(project.result(), name)
  expect(state).toBe('failed')
  expect(error?.message).toContain(message)
  expect(run.stderr).toContain(message)
})

it('an inline target that never answers runs into its timeout', () => {
  const { state, counts } = trialOf(project.result(), 'inline waits')
  expect(state).toBe('completed')
  expect(counts).toMatchObject({ due: 20, timedOut: 20 })
})

it('the next trial is not affected', () => {
  expect(trialOf(project.result(), 'fine')).toMatchObject({
    state: 'completed',
    counts: { due: 20, completed: 20, incorrect: 0, checked: 20 },
  })
  expect(run.code).toBe(2)
})
