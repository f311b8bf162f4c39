import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { RunResult } from 'servebench/plugin'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const BIN = join(ROOT, 'node_modules/.bin')
const PACKAGES = readdirSync(join(ROOT, 'packages'))
const PACKED = mkdtempSync(join(tmpdir(), 'packed-'))
const CONSUMER = mkdtempSync(join(tmpdir(), 'consumer-'))
/** Sources of packages that somebody else publishes. */
const OTHERS = mkdtempSync(join(tmpdir(), 'third-party-'))
const ACME = join(OTHERS, 'acme')

afterAll(() => {
  for (const folder of [PACKED, CONSUMER, OTHERS]) rmSync(folder, { recursive: true, force: true })
})

function run(cwd: string, command: string, args: readonly string[], env: Record<string, string> = {}) {
  const result = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', ...env },
  })
  return { code: result.status, output: stripVTControlCharacters(`${result.stdout}\n${result.stderr}`) }
}

describe.each(PACKAGES)('packages/%s', (name) => {
  const folder = join(ROOT, 'packages', name)
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>

  it('is well formed for everybody who installs it (publint)', () => {
    const { code, output } = run(folder, join(BIN, 'publint'), ['--strict', '.'])
    expect(output).toContain('All good')
    expect(code).toBe(0)
  })

  it('has types that resolve (attw)', () => {
    const { code, output } = run(folder, join(BIN, 'attw'), [
      '--pack',
      '.',
      '--profile',
      'esm-only',
      '--no-emoji',
    ])
    expect(code, output).toBe(0)
  })

  it('says what it is, under which licence, and has a README', () => {
    expect(manifest).toMatchObject({
      license: 'MIT',
      type: 'module',
      description: expect.stringMatching(/.{20,}/),
    })
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['README.md']))
  })

  it('packs its built files and nothing else', () => {
    const { output } = run(folder, 'npm', ['pack', '--dry-run', '--json'])
    const [{ files }] = JSON.parse(output.slice(output.indexOf('['), output.lastIndexOf(']') + 1)) as [
      { files: { path: string }[] },
    ]
    const paths = files.map((file) => file.path)
    expect(
      paths.filter(
        (path) =>
          /\.test\.|\/test\/|fixtures|tsbuildinfo|^src\//.test(path) && !path.startsWith('templates/'),
      ),
    ).toEqual([])
    expect(paths).toEqual(expect.arrayContaining(['package.json', 'README.md']))
  })
})

describe('a project that installs the packed packages, with install scripts denied', () => {
  beforeAll(() => {
    for (const name of PACKAGES) {
      const { code, output } = run(join(ROOT, 'packages', name), 'npm', [
        'pack',
        '--pack-destination',
        PACKED,
      ])
      expect(code, output).toBe(0)
    }
    writeFileSync(
      join(CONSUMER, 'package.json'),
      JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
    )
    packOthers()
    const tarballs = readdirSync(PACKED).map((file) => join(PACKED, file))
    const { code, output } = run(CONSUMER, 'npm', [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--omit=peer',
      ...tarballs,
    ])
    expect(code, output).toBe(0)
    cpSync(join(import.meta.dirname, 'consumer'), CONSUMER, { recursive: true })
    mkdirSync(join(CONSUMER, 'node_modules/@types'), { recursive: true })
    // Some of them may have come with the packages already.
    for (const types of ['@types/node', 'undici-types']) {
      const there = join(CONSUMER, 'node_modules', types)
      if (!existsSync(there)) symlinkSync(join(ROOT, 'node_modules', types), there)
    }
  })

  it.each(['nodenext', 'bundler'])(
    'type-checks its bench file and plugin under %s, libraries included',
    (resolution) => {
      const { code, output } = run(CONSUMER, join(BIN, 'tsc'), ['-p', `tsconfig.${resolution}.json`])
      expect(output.trim()).toBe('')
      expect(code).toBe(0)
    },
  )

  it.each([
    ['written by `create plugin`', ACME, 7],
    ['of the example', join(OTHERS, 'npu'), 2],
  ])('has a plugin %s whose own tests are green', (_, folder, tests) => {
    const { code, output } = run(folder, join(BIN, 'vitest'), ['run', '--no-isolate', '--maxWorkers=1'])
    expect(code, output).toBe(0)
    expect(output).toMatch(new RegExp(`Tests +${tests} passed`))
  })

  it('lists and plans its cases', () => {
    const { code, output } = run(CONSUMER, process.execPath, [
      'node_modules/servebench/bin/servebench.js',
      'list',
    ])
    expect(output).toContain('consumer > closed loop')
    expect(code).toBe(0)
  })

  it('measures a server of its own through its own plugin', () => {
    const { code, output } = run(
      CONSUMER,
      process.execPath,
      ['node_modules/servebench/bin/servebench.js', 'run', 'first', '--no-config', '--records', 'all'],
      GATES,
    )
    expect(output).toContain('consumer > closed loop')
    expect([0, 3], output).toContain(code)
    expect(readdirSync(join(CONSUMER, 'servebench-results/latest/records'))).toHaveLength(1)
  })

  it('measures a backend by its device, both of somebody else', () => {
    const { code, output } = run(
      CONSUMER,
      process.execPath,
      ['node_modules/servebench/bin/servebench.js', 'run', 'third-party', '--no-config', '--records', 'none'],
      GATES,
    )
    expect([0, 3], output).toContain(code)
    const result = JSON.parse(
      readFileSync(join(CONSUMER, 'servebench-results/latest/result.json'), 'utf8'),
    ) as RunResult
    const [trial] = result.trials
    expect(trial?.counts).toMatchObject({ failed: 0, incorrect: 0 })
    expect(trial?.server?.effectiveConfig).toEqual({ threads: 2 })
    expect(Object.keys(trial?.gauges ?? {})).toEqual(
      expect.arrayContaining(['npu0.power', 'npu0.utilization', 'npu0.memory.used', 'acme.busy']),
    )
    // 10 W by its counter, which is what energy per item is made of.
    expect(trial?.gauges?.['npu0.power']?.mean).toBeGreaterThan(5)
    expect(trial?.gauges?.['npu0.power']?.mean).toBeLessThan(20)
    expect(JSON.stringify(trial?.energy)).toContain('npu0.power')
    expect(trial?.static?.['main']?.devices).toMatchObject([
      { entry: 'Example NPU 1', peak: 1e12, bandwidth: 100e9 },
    ])
  })
})

const GATES = {
  SERVEBENCH_GATES_FOREIGN_CPU_INVALID: '1',
  SERVEBENCH_GATES_DISPATCH_LAG_INVALID: '100',
}

/** The backend that `servebench create plugin` writes, and the accelerator of the examples. */
function packOthers(): void {
  const bin = join(ROOT, 'packages/core/bin/servebench.js')
  const created = run(OTHERS, process.execPath, [
    bin,
    'create',
    'plugin',
    '@example/servebench-acme',
    '--directory',
    ACME,
  ])
  expect(created.code, created.output).toBe(0)
  cpSync(join(ROOT, 'examples/third-party/npu'), join(OTHERS, 'npu'), { recursive: true })
  // What `npm install` would bring.
  symlinkSync(join(ROOT, 'node_modules'), join(OTHERS, 'node_modules'))
  for (const name of ['acme', 'npu']) {
    const { code, output } = run(join(OTHERS, name), 'npm', ['pack', '--pack-destination', PACKED], {
      PATH: `${BIN}:${process.env['PATH'] ?? ''}`,
    })
    expect(code, output).toBe(0)
  }
}
