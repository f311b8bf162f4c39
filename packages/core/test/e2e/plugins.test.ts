/** Plugins as strangers write them: missing, of another version, failing, and working. */
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { flat, servebench, type CliResult } from './support/cli.ts'
import { expectGone, readPids } from './support/processes.ts'
import { E2eProject, trialOf } from './support/project.ts'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer()
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => project[Symbol.dispose]())

const BENCH = `
import { closed, http, scenario } from 'servebench'
scenario('plain', { target: http({ url: process.env.TARGET_URL }), load: closed({ concurrency: 1, requests: 20 }) })`
const CUSTOM = `
import { closed, http, scenario } from 'servebench'
scenario('plain', { target: http({ url: process.env.TARGET_URL }), load: closed({ concurrency: 1, requests: 20 }) })
scenario('custom', { target: { kind: 'custom', package: 'their-plugin', options: {} }, load: closed({ concurrency: 1 }) })`

async function run(files: Record<string, string>, config: object = {}, plugin?: string): Promise<CliResult> {
  project = new E2eProject(files, config)
  if (plugin !== undefined) project.install('their-plugin', plugin)
  return await servebench(project, [], { env: { TARGET_URL: server.url } })
}

describe('a plugin that cannot be used ends the command before anything runs', () => {
  it.each([
    [
      'that is not installed',
      undefined,
      "The plugin 'their-plugin' cannot be found.",
      'Install it: npm install --save-dev their-plugin',
    ],
    [
      'of another version of the interface',
      `export const plugin = { name: 'their-plugin', apiVersion: 7, apply() {} }`,
      "Plugin 'their-plugin' speaks version 7 of the plugin interface; this servebench speaks 1.",
      'Install versions of servebench',
    ],
    [
      'that is none',
      `export const something = 1`,
      "'their-plugin' exports no plugin.",
      'A plugin package exports `plugin`',
    ],
    ['whose module throws', `throw new Error('license expired')`, 'license expired', ''],
    [
      'whose apply throws',
      `export const plugin = { name: 'their-plugin', apiVersion: 1, apply() { throw new Error('no such device') } }`,
      "Plugin 'their-plugin' failed in apply: no such device",
      '',
    ],
    [
      'that taps what does not exist',
      `export const plugin = { name: 'their-plugin', apiVersion: 1, apply({ hooks }) { hooks.trialStarted.tapPromise('x', async () => {}) } }`,
      "Plugin 'their-plugin' taps a hook 'trialStarted', which does not exist.",
      'The hooks are resolveConfig,',
    ],
  ])('%s', async (_, source, message, advice) => {
    const { code, stderr, stdout } = await run({ 'a.bench.ts': CUSTOM }, {}, source)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain(advice)
    expect(stderr).not.toContain('defect of servebench')
    expect(stdout).toBe('')
    expect(project.runs()).toEqual([])
  })

  it('that the configuration names', async () => {
    const { code, stderr } = await run({ 'a.bench.ts': BENCH }, { plugins: ['./missing.ts'] })
    expect(code).toBe(2)
    expect(stderr).toContain("The plugin './missing.ts' cannot be found.")
  })

  it('that is a reporter, or a misspelt one', async () => {
    const foreign = await run({ 'a.bench.ts': BENCH }, { reporters: ['console', 'their-reporter'] })
    expect(foreign.code).toBe(2)
    expect(foreign.stderr).toContain("The plugin 'their-reporter' cannot be found.")
    expect(project.runs()).toEqual([])
    const misspelt = await servebench(project, ['--reporter', 'jnuit'], { env: { TARGET_URL: server.url } })
    expect(misspelt.code).toBe(2)
    expect(misspelt.stderr).toContain("There is no reporter 'jnuit'.")
    expect(misspelt.stderr).toContain("Did you mean 'junit'?")
    expect(project.runs()).toEqual([])
  })
})

it('a kind that the plugin does not provide', async () => {
  const { code, stdout } = await run(
    { 'a.bench.ts': CUSTOM },
    {},
    `export const plugin = { name: 'their-plugin', apiVersion: 1, apply() {} }`,
  )
  expect(code).toBe(2)
  expect(stdout).toContain("No plugin provides targets of the kind 'custom'.")
  expect(trialOf(project.result(), 'plain').state).toBe('completed')
})

describe('two installations of servebench', () => {
  /** Another installation with this version, for a package of the project. */
  function installCopy(owner: string, version: string): string {
    const folder = project.path('node_modules', owner, 'node_modules/servebench')
    mkdirSync(folder, { recursive: true })
    for (const part of ['dist', 'bin']) cpSync(`${PACKAGE}/${part}`, `${folder}/${part}`, { recursive: true })
    symlinkSync(`${PACKAGE}/node_modules`, `${folder}/node_modules`, 'dir')
    const manifest = JSON.parse(readFileSync(`${PACKAGE}/package.json`, 'utf8')) as object
    writeFileSync(`${folder}/package.json`, JSON.stringify({ ...manifest, version }))
    return folder
  }
  const PLUGIN = `
import { definePlugin, ServebenchError } from 'servebench/plugin'
export const plugin = definePlugin({ name: 'their-plugin', apiVersion: 1, apply({ hooks }) {
  hooks.connect.for('custom').tapPromise('x', async () => {
    throw new ServebenchError('SERVEBENCH_THEIRS', 'The device is busy.', { advice: 'Wait.', exitCode: 4 })
  })
} })`

  it('of different versions are refused, naming both', async () => {
    project = new E2eProject({ 'a.bench.ts': CUSTOM })
    project.install('their-plugin', PLUGIN)
    const folder = installCopy('their-plugin', '99.0.0')
    const { code, stderr } = await servebench(project, [], { env: { TARGET_URL: server.url } })
    expect(code).toBe(2)
    expect(stderr).toContain('Two versions of servebench are in use')
    expect(stderr).toContain('99.0.0')
    expect(stderr).toContain(folder)
    expect(stderr).toContain(PACKAGE.replace(/\/$/, ''))
    expect(stderr).toContain('npm dedupe')
  })

  it('of one version understand each other', async () => {
    project = new E2eProject({ 'a.bench.ts': CUSTOM })
    project.install('their-plugin', PLUGIN)
    const { version } = JSON.parse(readFileSync(`${PACKAGE}/package.json`, 'utf8')) as { version: string }
    installCopy('their-plugin', version)
    const { code } = await servebench(project, [], { env: { TARGET_URL: server.url } })
    expect(code).toBe(4)
    expect(trialOf(project.result(), 'custom').error).toMatchObject({
      code: 'SERVEBENCH_THEIRS',
      message: 'The device is busy.',
      advice: 'Wait.',
    })
  })
})

describe('hooks that fail', () => {
  const failing = (hook: string): string => `
export const plugin = { name: 'their-plugin', apiVersion: 1, apply({ hooks }) {
  hooks.${hook}.tap${hook === 'snapshot' ? '' : 'Promise'}('their-plugin', ${hook === 'snapshot' ? '' : 'async '}() => { throw new Error('boom in ${hook}') })
} }`

  it.each([
    ['runStart', 2, 'skipped'],
    ['trialStart', 4, 'failed'],
    ['trialEnd', 2, 'completed'],
    ['analyse', 2, 'completed'],
    ['window', 0, 'completed'],
    ['snapshot', 0, 'completed'],
    ['report', 0, 'completed'],
    ['runEnd', 0, 'completed'],
  ])(
    '%s: the plugin is named, exit code %d, the trial is %s',
    async (hook, expected, state) => {
      const { code, output } = await run(
        { 'a.bench.ts': BENCH.replace('requests: 20', 'requests: 20, thinkTime: "100ms"') },
        { plugins: ['their-plugin'] },
        failing(hook),
      )
      expect(code, output).toBe(hook === 'trialStart' ? 2 : expected)
      expect(flat(output)).toContain(`Plugin 'their-plugin' failed in ${hook}: boom in ${hook}`)
      const trial = trialOf(project.result(), 'plain')
      expect(trial.state).toBe(state)
      // What was measured stays.
      if (state === 'completed') expect(trial.counts.completed).toBe(20)
    },
    60_000,
  )
})

it('an error that a plugin throws behind everybody’s back is told, and leaves no server', async () => {
  const { code, stderr } = await run(
    {
      'a.bench.ts': `
import { closed, http, scenario } from 'servebench'
import { plainServer } from 'plain-server'
scenario('x', { server: plainServer({ pidFile: process.cwd() + '/pids' }), target: http(), load: closed({ concurrency: 1 }), duration: '30s' })`,
    },
    { plugins: ['their-plugin'] },
    `export const plugin = { name: 'their-plugin', apiVersion: 1, apply({ hooks }) {
       hooks.window.tapPromise('x', async () => void setTimeout(() => { throw new Error('too late to catch') }, 0))
     } }`,
  )
  expect(code).toBe(2)
  expect(stderr).toContain('too late to catch')
  expect(stderr).toContain('defect of servebench or of a plugin')
  await expectGone(readPids(project.path('pids')))
  const report = await servebench(project, ['report'])
  expect(report.code).toBe(130)
  expect(report.stdout).toContain('The run ended during this trial.')
})

it('everything a plugin may do works from outside: rewriting plans, its own target, input, analysis, reporter, cleanups', async () => {
  const { code, output } = await run(
    {
      'a.bench.ts': `
import { closed, scenario } from 'servebench'
scenario('own', {
  target: { kind: 'own', package: 'their-plugin', options: { answer: 'yes' } },
  input: { input: 'numbers', package: 'their-plugin', options: { from: 40 } },
  load: closed({ concurrency: 2, requests: 30 }),
  check: (response) => response === 'yes 40' || response === 'yes 41',
})`,
      'node_modules/their-plugin/session.js': `
export const createCodec = () => ({
  encode: (request) => ({ bytes: Buffer.from(String(request)), items: 2 }),
  decode: ({ messages }) => Buffer.from(messages[0]).toString(),
})
export const createSession = ({ exchange, options }) => ({
  async connect() {},
  open(slot, prepared) {
    exchange.sent(slot)
    const bytes = Buffer.from(options.answer + ' ' + prepared.bytes.toString())
    setTimeout(() => {
      exchange.firstByte(slot)
      if (exchange.capture[slot] === 1) {
        exchange.head(slot, 200, bytes, 0, 0)
        exchange.body(slot, bytes, 0, bytes.length)
      }
      exchange.done(slot, bytes.length)
    }, 2)
  },
  write() {}, end() {}, cancel(slot) { exchange.fail(slot, 13, 0) },
  statistics: () => ({ engine: 'their-engine', connectionsOpened: 1, connectionsFailed: 0, connectionsClosed: 0, connectNanos: 5, handshakeNanos: 0, bytesOut: 0, bytesIn: 0, notes: ['Their server is slow.'] }),
  async [Symbol.asyncDispose]() {},
})`,
      'node_modules/their-plugin/source.js': `
export const createSource = ({ from }) => ({ distinct: 2, sample: (index) => from + index })`,
    },
    { plugins: [['their-plugin', { greeting: 'hello' }]], reporters: ['console', 'their-plugin'] },
    `
import { definePlugin, moduleUrl } from 'servebench/plugin'
export const plugin = definePlugin({
  name: 'their-plugin',
  apiVersion: 1,
  apply({ hooks, options, log, root }) {
    const order = []
    hooks.resolvePlan.tapPromise('x', async (plan) => ({ ...plan, trials: plan.trials.map((trial) => ({ ...trial, tags: ['seen'] })) }))
    hooks.connect.for('own').tapPromise('x', async (target) => ({ module: moduleUrl(import.meta.url, './session'), options: target.options, engine: 'their-engine', multiplexed: true, warnings: ['Mind the gap.'] }))
    hooks.createInput.for('numbers').tapPromise('x', async (input) => ({ module: moduleUrl(import.meta.url, './source'), options: input.options }))
    hooks.runStart.tapPromise('x', async (run) => run.defer(() => void order.push('run')))
    hooks.trialStart.tapPromise('x', async (trial) => { trial.defer(() => void order.push('second')); trial.defer(() => void order.push('first')) })
    hooks.analyse.tapPromise('x', async (tables, { result }) => tables.push({ name: 'theirs', title: 'Their table', columns: [{ name: 'completed', unit: null }], rows: [[result.trials[0].counts.completed]], notes: [] }))
    hooks.report.tapPromise('x', async (result, context) => {
      await context.write('theirs.txt', options.greeting + ' ' + order.join() + ' ' + root)
      context.print('printed by their reporter\\n')
    })
  },
})`,
  )
  expect(code, output).toBe(0)
  const trial = trialOf(project.result(), 'own')
  expect(trial).toMatchObject({
    tags: ['seen'],
    engine: { name: 'their-engine' },
    counts: { due: 30, completed: 30, incorrect: 0, checked: 30 },
    items: { perRequest: 2 },
    payloads: { count: 2, distinct: 2 },
  })
  expect(trial.verdict.reasons).toContainEqual(
    expect.objectContaining({ severity: 'note', message: 'Their server is slow.' }),
  )
  expect(project.result().analyses).toContainEqual(expect.objectContaining({ name: 'theirs', rows: [[30]] }))
  expect(output).toContain('Mind the gap.')
  expect(output).toContain('Their table')
  expect(output).toContain('printed by their reporter')
  expect(readFileSync(project.path('servebench-results/latest/theirs.txt'), 'utf8')).toBe(
    `hello first,second,run ${project.root}`,
  )
})
