import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { ValidationError } from '../errors/validation-error.ts'
import { DEFAULT_OPTIONS, DEFAULT_SETTINGS } from './defaults.ts'
import { resolveConfig, type ConfigRequest } from './resolve-config.ts'

function resolve(project: TemporaryProject, others: Partial<ConfigRequest> = {}) {
  const importModule = async (file: string): Promise<unknown> => await import(/* @vite-ignore */ file)
  return resolveConfig({ directory: project.root, environment: {}, arguments: [], importModule, ...others })
}

/** The problems of a configuration that must not resolve. */
async function problemsOf(project: TemporaryProject, others: Partial<ConfigRequest> = {}) {
  const error = await resolve(project, others).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(ValidationError)
  return (error as ValidationError).problems
}

const byText = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
const argument = (path: string, value: unknown) => ({ origin: `--${path}`, path, value })

describe('resolveConfig', () => {
  it('is all defaults without anything', async () => {
    using project = temporaryProject()
    const { config, warnings } = await resolve(project)
    expect(config).toEqual({
      root: project.root,
      file: null,
      settings: DEFAULT_SETTINGS,
      origins: {},
      ...DEFAULT_OPTIONS,
    })
    expect(warnings).toEqual([])
  })

  it('lets later sources win, value by value, and remembers which', async () => {
    using project = temporaryProject({
      'servebench.config.json': JSON.stringify({
        duration: '1s',
        drain: '1s',
        warmup: 5,
        connections: { count: 1, reuse: 'per-request' },
        repeats: 2,
        reporters: ['json', ['csv', { file: 'x' }]],
        seed: 7,
      }),
    })
    const { config } = await resolve(project, {
      environment: {
        SERVEBENCH_DURATION: '2s',
        SERVEBENCH_CONNECTIONS_COUNT: '8',
        SERVEBENCH_TIMEOUT: '3s',
        SERVEBENCH_BAIL: 'true',
        PATH: '/bin',
      },
      arguments: [
        argument('duration', '4s'),
        argument('repeats', '9'),
        argument('reporters', 'markdown,junit'),
        argument('gates.foreignCpu.invalid', 'null'),
      ],
    })
    expect(config).toMatchObject({
      file: project.path('servebench.config.json'),
      repeats: 9,
      seed: '7',
      bail: true,
      reporters: ['markdown', 'junit'],
      settings: {
        duration: 4e9,
        drain: 1e9,
        timeout: 3e9,
        warmup: { requests: 5 },
        connections: { count: 8, reuse: 'per-request', streams: 'auto' },
        gates: { foreignCpu: { suspect: 0.02, invalid: null } },
      },
      origins: {
        duration: '--duration',
        drain: 'servebench.config.json',
        timeout: 'SERVEBENCH_TIMEOUT',
        warmup: 'servebench.config.json',
        'connections.count': 'SERVEBENCH_CONNECTIONS_COUNT',
        'connections.reuse': 'servebench.config.json',
        repeats: '--repeats',
        seed: 'servebench.config.json',
        bail: 'SERVEBENCH_BAIL',
        reporters: '--reporters',
      },
    })
  })

  it.each([
    ['servebench.config.json', '{ "duration": "7s", "$schema": "./config.schema.json" }'],
    ['package.json', '{ "name": "x", "servebench": { "duration": "7s" } }'],
    ['servebench.config.mjs', "export default { duration: '7s' }"],
  ])('reads %s', async (file, text) => {
    using project = temporaryProject({ [file]: text })
    expect((await resolve(project)).config).toMatchObject({
      settings: { duration: 7e9 },
      origins: { duration: file },
    })
  })

  it('looks upwards to the end of the package, whose folder is the root then', async () => {
    using project = temporaryProject({
      'package.json': '{}',
      'servebench.config.json': '{ "duration": "7s" }',
      'bench/deep/a.bench.ts': '',
    })
    const { config } = await resolve(project, { directory: project.path('bench/deep') })
    expect(config).toMatchObject({ root: project.root, settings: { duration: 7e9 } })
    using nested = temporaryProject({
      'servebench.config.json': '{ "duration": "7s" }',
      'inner/package.json': '{}',
    })
    expect((await resolve(nested, { directory: nested.path('inner') })).config).toMatchObject({
      root: nested.path('inner'),
      file: null,
    })
  })

  it('takes the file that is named, or none', async () => {
    using project = temporaryProject({
      'servebench.config.json': '{ "duration": "7s" }',
      'ci/quick.json': '{ "duration": "1s" }',
    })
    expect((await resolve(project, { file: 'ci/quick.json' })).config).toMatchObject({
      settings: { duration: 1e9 },
      origins: { duration: 'quick.json' },
      root: project.path('ci'),
    })
    expect((await resolve(project, { file: 'ci/quick.json', root: '.' })).config.root).toBe(project.root)
    expect((await resolve(project, { file: false })).config.file).toBeNull()
    await expect(resolve(project, { file: 'missing.json' })).rejects.toThrow('There is no configuration file')
  })

  it('refuses two configurations', async () => {
    using project = temporaryProject({
      'servebench.config.json': '{}',
      'servebench.config.mjs': 'export default {}',
    })
    await expect(resolve(project)).rejects.toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_CONFIG',
        message: expect.stringMatching(
          /more than one configuration in .*: servebench\.config\.mjs, servebench\.config\.json\./,
        ),
      }),
    )
    using mixed = temporaryProject({ 'servebench.config.json': '{}', 'package.json': '{ "servebench": {} }' })
    await expect(resolve(mixed)).rejects.toThrow('package.json, servebench.config.json')
  })

  it('tells all problems of all sources at once', async () => {
    using project = temporaryProject({
      'servebench.config.json': JSON.stringify({
        durration: '5s',
        duration: 5,
        timeout: '5',
        connections: { reuse: 'sometimes', coumt: 1 },
        warmup: { request: 4 },
        gates: { lag: {} },
        retry: { attempts: -1 },
        reporters: 'json',
        repeats: 0,
        workers: 'many',
        plugins: [5],
        maxResponseBytes: '5 parsecs',
        order: 'shuffled',
      }),
    })
    const problems = await problemsOf(project, {
      environment: { SERVEBENCH_DRAIN: 'long' },
      arguments: [argument('repeats', 'x'), argument('recods', 'all')],
    })
    const from = 'servebench.config.json'
    expect(
      problems.map((problem) => [problem.path, problem.suggestion, problem.origin]).toSorted(byText),
    ).toEqual(
      [
        ['connections.coumt', 'count', from],
        ['connections.reuse', undefined, from],
        ['drain', undefined, 'SERVEBENCH_DRAIN'],
        ['duration', undefined, from],
        ['durration', 'duration', from],
        ['gates.lag', undefined, from],
        ['maxResponseBytes', undefined, from],
        ['order', undefined, from],
        ['plugins.0', undefined, from],
        ['recods', 'records', '--recods'],
        ['repeats', undefined, '--repeats'],
        ['repeats', undefined, from],
        ['reporters', undefined, from],
        ['retry.attempts', undefined, from],
        ['timeout', undefined, from],
        ['warmup.request', 'requests', from],
        ['warmup.requests', undefined, from],
        ['workers', undefined, from],
      ].toSorted(byText),
    )
    expect(problems.find((problem) => problem.path === 'duration')?.message).toBe(
      "expected a duration with a unit, such as '50ms' or '30s', not 5.",
    )
  })

  it.each([
    ['servebench.config.json', '{ "duration": ', /cannot be read: .*JSON/s],
    ['servebench.config.mjs', 'export const config = {}', /has no default export/],
    ['servebench.config.mjs', 'export default 5', /expected an object, not 5/],
    ['servebench.config.json', '[]', /expected an object, not an empty list/],
  ])('refuses %s: %s', async (file, text, message) => {
    using project = temporaryProject({ [file]: text })
    await expect(resolve(project)).rejects.toThrow(message)
  })

  it('warns of variables that look like a misspelling, and leaves others alone', async () => {
    using project = temporaryProject()
    const { warnings } = await resolve(project, {
      environment: {
        SERVEBENCH_DURATOIN: '1s',
        SERVEBENCH_DURATIN: '1s',
        SERVEBENCH_PROXY_SECRET: 'x',
        SERVEBENCH_SEED: '',
        // Plugins have these.
        SERVEBENCH_TORCHSERVE: '/opt/torchserve',
        SERVEBENCH_TRITONSERVER: '/opt/tritonserver',
        SERVEBENCH_MLSERVER: '/opt/mlserver',
        SERVEBENCH_VESPA: '/opt/vespa',
      },
    })
    expect(warnings).toMatchObject([
      { path: 'SERVEBENCH_DURATOIN', suggestion: 'SERVEBENCH_DURATION' },
      { path: 'SERVEBENCH_DURATIN', suggestion: 'SERVEBENCH_DURATION' },
    ])
  })

  it('keeps text that looks like a number where text is meant', async () => {
    using project = temporaryProject()
    const { config } = await resolve(project, {
      environment: { SERVEBENCH_SEED: '007', SERVEBENCH_OUTPUT: '2026' },
      arguments: [argument('warmup', '50'), argument('connections', '3')],
    })
    expect(config).toMatchObject({
      seed: '007',
      output: '2026',
      settings: { warmup: { requests: 50 }, connections: { count: 3 } },
    })
  })
})

/** In a process of its own, where the loader can be installed. */
async function resolveInProcess(root: string): Promise<{ stdout: string; stderr: string }> {
  const [resolver, loader] = ['./resolve-config.ts', '../collector/import-module.ts'].map((path) =>
    JSON.stringify(new URL(path, import.meta.url).href),
  )
  const script = `
    import { resolveConfig } from ${resolver}
    import { importUserModule } from ${loader}
    const { config } = await resolveConfig({ directory: ${JSON.stringify(root)}, environment: {}, arguments: [], importModule: (file) => importUserModule(file) })
    console.log(JSON.stringify(config.settings.duration))
  `
  return await promisify(execFile)(
    process.execPath,
    ['--conditions=servebench-source', '--input-type=module', '-e', script],
    { cwd: root },
  )
}

describe('servebench.config.ts', () => {
  it('may use enums, aliases and imports without extensions', async () => {
    using project = temporaryProject({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }',
      'lib/time.ts': 'export enum Time { long = 42 }',
      'servebench.config.ts':
        "import { defineConfig } from 'servebench'\nimport { Time } from '@/time'\nexport default defineConfig({ duration: `${Time.long}s` })",
    })
    expect((await resolveInProcess(project.root)).stdout.trim()).toBe('42000000000')
  })

  it('shows where it is wrong', async () => {
    using project = temporaryProject({
      'servebench.config.ts': 'enum E { a }\nexport default {\n  duration: missing,\n}',
    })
    await expect(resolveInProcess(project.root)).rejects.toThrow(
      /servebench\.config\.ts:3:13\nReferenceError: missing is not defined\n\n {2}1 \| enum E \{ a \}\n {2}2 \| export default \{\n> 3 \|/,
    )
  })
})
