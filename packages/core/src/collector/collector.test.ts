import { afterAll, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { SECOND } from '../units/nanos.ts'
import { formatCollectProblem } from './collect-problem.ts'
import { createCollector, type CollectOptions, type CollectResult } from './collector.ts'

const HEAD = `import { describe, scenario, closed, poisson, inline, generate, stream } from 'servebench'
const load = closed({ concurrency: 1 })
const target = inline((text: string) => text)
`

function options(project: TemporaryProject, others: Partial<CollectOptions> = {}): CollectOptions {
  return {
    root: project.root,
    defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1 },
    filter: {},
    timeout: 10 * SECOND,
    print: () => undefined,
    ...others,
  }
}

/** The thread of the next test starts while the one before is at work. */
let next = createCollector()
afterAll(() => next[Symbol.asyncDispose]())

/** Collects the bench files among `files`. */
async function collectFiles(
  files: Record<string, string>,
  others: Partial<CollectOptions> = {},
): Promise<CollectResult & { root: string }> {
  using project = temporaryProject(files)
  await using collector = next
  next = createCollector()
  const benches = Object.keys(files)
    .filter((file) => file.includes('.bench.'))
    .map((file) => project.path(file))
  return { ...(await collector.collect(benches, options(project, others))), root: project.root }
}

const names = (result: CollectResult) => result.scenarios.map((scenario) => scenario.path.join(' > '))

describe('collect', () => {
  it('plans the cases of a bench file', async () => {
    const result = await collectFiles({
      'bench/a.bench.ts': `${HEAD}
describe('group', { timeout: '1s', tags: ['gpu'] }, () => {
  scenario('x', {
    matrix: { batch: [1, 8], precision: ['a', 'b'] },
    exclude: [{ batch: 8, precision: 'b' }],
    target, input: 'hello',
    load: ({ batch }) => poisson({ rate: 400 / batch }),
    tags: ['slow'],
  })
})
`,
    })
    expect(result.problems).toEqual([])
    expect(result.scenarios).toMatchObject([
      {
        file: 'bench/a.bench.ts',
        path: ['group', 'x'],
        line: 6,
        tags: ['gpu', 'slow'],
        only: false,
        deferred: null,
      },
    ])
    expect(
      result.scenarios[0]?.cases.map(({ trial }) => [trial.case, trial.streams['main']?.load]),
    ).toMatchObject([
      [{ batch: 1, precision: 'a' }, { rate: [{ rate: 400 }] }],
      [{ batch: 1, precision: 'b' }, { rate: [{ rate: 400 }] }],
      [{ batch: 8, precision: 'a' }, { rate: [{ rate: 50 }] }],
    ])
    expect(result.scenarios[0]?.cases[0]?.trial).toMatchObject({
      settings: { timeout: 1e9 },
      origins: { timeout: "describe 'group'" },
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  it('keeps the order of the files, and works without any', async () => {
    const scenario = (name: string) => `${HEAD}scenario('${name}', { target, load })\n`
    expect(
      names(await collectFiles({ 'b.bench.ts': scenario('first'), 'a.bench.ts': scenario('second') })),
    ).toEqual(['first', 'second'])
    expect((await collectFiles({})).scenarios).toEqual([])
  })

  it('evaluates nothing of a scenario with a setup', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}
scenario('x', { matrix: { n: [1, 2] }, setup: () => { throw new Error('not now') }, target: () => { throw new Error('nor this') }, load, repeats: 3 })
`,
    })
    expect(result.problems).toEqual([])
    expect(result.scenarios).toMatchObject([
      { cases: [], deferred: { cases: [{ n: 1 }, { n: 2 }], repeats: 3 } },
    ])
  })
})

describe('module syntax', () => {
  it('loads enums, namespaces, parameter properties, aliases, files without extensions, JSON, and JavaScript for TypeScript', async () => {
    const result = await collectFiles({
      'tsconfig.json': '{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }',
      'lib/size.ts':
        'export enum Size { small = 1, large = 8 }\nexport namespace Names { export const prefix = "case" }\nexport class Box { constructor(readonly value: number) {} }\n',
      'lib/rate/index.ts': 'import type { Rate } from "./types"\nexport const rate: Rate = 40\n',
      'lib/rate/types.ts': 'export type Rate = number\n',
      'lib/plain.js': 'export const plain = 2\n',
      'data.json': '{ "concurrency": 3 }',
      'a.bench.ts': `import { scenario, closed, poisson, inline } from 'servebench'
import { Size, Names, Box } from '@/size'
import { rate, type Rate } from './lib/rate'
import { plain } from '@/plain.js'
import data from './data.json'
const typed: Rate = rate
scenario(Names.prefix, {
  matrix: { size: [Size.small, Size.large], box: [new Box(5).value] },
  target: inline((n: number) => n), load: ({ size }) => size === Size.small ? poisson({ rate: typed }) : closed({ concurrency: data.concurrency * plain }),
})
`,
    })
    expect(result.problems).toEqual([])
    expect(names(result)).toEqual(['case'])
    expect(
      result.scenarios[0]?.cases.map(({ trial }) => [trial.case, trial.streams['main']?.load]),
    ).toMatchObject([
      [{ size: 1, box: 5 }, { rate: [{ rate: 40 }] }],
      [{ size: 8, box: 5 }, { concurrency: 6 }],
    ])
    const relative = Object.fromEntries(
      Object.entries(result.graph).map(([from, to]) => [
        from.replace(`${result.root}/`, ''),
        to.map((file) => file.replace(`${result.root}/`, '')),
      ]),
    )
    expect(relative).toEqual({
      'a.bench.ts': ['lib/size.ts', 'lib/rate/index.ts', 'lib/plain.js', 'data.json'],
    })
  })

  it.each([
    [
      'module syntax in a CommonJS project',
      { 'package.json': '{ "name": "old" }' },
      'a.bench.ts',
      HEAD + "scenario('x', { target, load })",
    ],
    [
      'module syntax in .js of a CommonJS project',
      { 'package.json': '{ "name": "old" }' },
      'a.bench.js',
      "import { scenario, closed, inline } from 'servebench'\nscenario('x', { target: inline((n) => n), load: closed({ concurrency: 1 }) })",
    ],
    [
      'CommonJS syntax in TypeScript',
      { 'package.json': '{ "name": "old" }', 'helper.ts': 'const n: number = 2\nmodule.exports = { n }' },
      'a.bench.ts',
      "const { scenario, closed, inline } = require('servebench')\nconst { n } = require('./helper')\nscenario('x', { target: inline((t: string) => t), load: closed({ concurrency: n as number }) })",
    ],
    [
      'import = require()',
      { 'package.json': '{ "name": "old" }' },
      'a.bench.cts',
      "import sb = require('servebench')\nsb.scenario('x', { target: sb.inline((t: string) => t), load: sb.closed({ concurrency: 2 }) })",
    ],
    [
      'CommonJS names in a module',
      { 'value.cjs': 'module.exports = 2' },
      'a.bench.ts',
      `${HEAD}scenario('x', { target, load: closed({ concurrency: require('./value.cjs') }), input: __filename + __dirname })`,
    ],
    [
      'own declarations of CommonJS names',
      {},
      'a.bench.ts',
      `${HEAD}import { fileURLToPath } from 'node:url'\nconst __filename = fileURLToPath(import.meta.url)\nscenario('x', { target, load, input: __filename })`,
    ],
  ])('tolerates %s', async (_what, others, file, text) => {
    const result = await collectFiles({ ...(others as Record<string, string>), [file]: text })
    expect(result.problems.map(formatCollectProblem)).toEqual([])
    expect(names(result)).toEqual(['x'])
  })

  it('loads servebench once for files that import it from different places', async () => {
    const result = await collectFiles({
      'a.bench.ts': `import './group'\n${HEAD}scenario('outer', { target, load })`,
      'group.ts':
        "import { scenario, closed, inline } from 'servebench'\nscenario('inner', { target: inline(() => 1), load: closed({ concurrency: 1 }) })",
    })
    expect(names(result)).toEqual(['inner', 'outer'])
  })

  it('skips files of vitest with a note', async () => {
    const result = await collectFiles({
      'v.bench.ts': "import { bench } from 'vitest'\nbench('x', () => {})",
      't.bench.ts':
        "import type { Sample } from 'servebench'\nimport { bench } from 'vitest'\nexport type S = Sample\nbench('x', () => {})",
    })
    expect(result.problems).toEqual([])
    expect(result.notes.map((note) => [note.file, note.message.slice(0, 34)])).toEqual([
      ['v.bench.ts', "skipped: it does not import 'serve"],
      ['t.bench.ts', "skipped: it does not import 'serve"],
    ])
  })
})

describe('filters', () => {
  const FILES = {
    'a.bench.ts': `${HEAD}
describe('group', () => {
  scenario('alpha', { matrix: { batch: [1, 8] }, target, load, tags: ['fast'] })
  scenario('beta', { matrix: { batch: [1, 2], kind: ['x', 'y'] }, target, load, tags: ['slow'] })
})
`,
  }
  const cases = (result: CollectResult) =>
    result.scenarios.flatMap((scenario) =>
      scenario.cases.map(({ trial }) => `${trial.path[1]} ${JSON.stringify(trial.case)}`),
    )

  it('by name', async () => {
    const result = await collectFiles(FILES, { filter: { name: 'ALPHA > batch=8' } })
    expect(cases(result)).toEqual(['alpha {"batch":8}'])
    expect(result.filtered).toBe(5)
  })

  it('by tag', async () => {
    expect(cases(await collectFiles(FILES, { filter: { tags: ['fast'] } }))).toHaveLength(2)
  })

  it('by axis value', async () => {
    expect(cases(await collectFiles(FILES, { filter: { set: { batch: ['8'], kind: ['x'] } } }))).toEqual([
      'alpha {"batch":8}',
      'beta {"batch":8,"kind":"x"}',
    ])
  })

  it('has axes that are settings of a server, and those of several models', async () => {
    const result = await collectFiles(
      {
        'a.bench.ts': `${HEAD}import { study } from 'servebench'
const asks = (model: string) => stream({ target: { kind: 'x', package: 'p', options: { model } } as never, load })
study('tuned', {
  settings: { 'state.cache': [1, 2] },
  models: { a: { settings: { instances: [1, 2, 4] } }, b: { space: { batch: [1, 8] } } },
  streams: { a: asks('a'), b: asks('b') },
})
`,
      },
      { filter: { set: { 'a.instances': ['4'], 'state.cache': ['2'], 'b.batch': ['1', '8'] } } },
    )
    expect(result.problems).toEqual([])
    const found = result.scenarios.flatMap((scenario) => scenario.cases.map(({ trial }) => trial.case))
    expect(found).toEqual([
      { 'state.cache': 2, 'a.instances': 4, 'b.batch': 1 },
      { 'state.cache': 2, 'a.instances': 4, 'b.batch': 8 },
    ])
  })

  it('by an axis that nothing has', async () => {
    const result = await collectFiles(FILES, { filter: { set: { bacth: ['8'], batchs: ['1'] } } })
    expect(result.problems).toMatchObject([
      { file: '--set', message: "No scenario has an axis 'bacth'." },
      { file: '--set', message: "No scenario has an axis 'batchs'.", advice: "Did you mean 'batch'?" },
    ])
  })

  it('by `only`, over all files, with a note', async () => {
    const result = await collectFiles({
      ...FILES,
      'b.bench.ts': `${HEAD}describe('chosen', { only: true }, () => scenario('gamma', { target, load }))`,
    })
    expect(names(result)).toEqual(['chosen > gamma'])
    expect(result.notes).toEqual([
      { file: null, message: '2 of 3 scenarios are left out because of `only` at b.bench.ts:4.' },
    ])
    expect(result.filtered).toBe(6)
  })
})

describe('bad bench files', () => {
  it('shows where a syntax error is', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}\nscenario('x', {\n  target,\n  load: = 5,\n})\n`,
    })
    expect(result.problems.map(formatCollectProblem).join()).toMatch(
      /^a\.bench\.ts:7:9\nSyntaxError: .+\n\n  5 \| scenario\('x', \{\n  6 \|   target,\n> 7 \|   load: = 5,\n    \|         \^\n  8 \| \}\)/,
    )
  })

  it('finds the place of a syntax error behind characters of several bytes', async () => {
    const result = await collectFiles({ 'a.bench.ts': `${HEAD}// µ – 漢字 🚀\nconst = 5\n` })
    expect(result.problems[0]).toMatchObject({ line: 5, column: 7 })
  })

  it('shows where an imported file has a syntax error', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}import { x } from './lib'\nscenario(x, { target, load })`,
      'lib.ts': 'export const x = \n',
    })
    expect(result.problems).toMatchObject([
      { file: 'lib.ts', line: 1, message: expect.stringContaining('SyntaxError') },
    ])
  })

  it('shows where an exception was thrown, with the stack inside the project', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}import { boom } from './lib'\n\nenum Filler { a, b }\n\nboom(Filler.b)\n`,
      'lib.ts':
        'interface Unused {\n  x: number\n}\nexport function boom(n: number): never {\n  throw new RangeError(`no ${n}`, { cause: new Error("deep") })\n}\n',
    })
    expect(result.problems).toMatchObject([
      { file: 'lib.ts', line: 5, column: 9, message: 'RangeError: no 1 (Error: deep)' },
    ])
    expect(result.problems[0]?.frame).toContain('> 5 |   throw new RangeError')
    expect(result.problems[0]?.stack.map((line) => line.replace(`${result.root}/`, ''))).toEqual([
      'at boom (lib.ts:5:9)',
      'at <anonymous> (a.bench.ts:8:1)',
    ])
  })

  it('shows which import cannot be found', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}import { x } from './missing'\nscenario(x, { target, load })`,
      'b.bench.ts': `${HEAD}import { x } from 'no-such-package'\nscenario(x, { target, load })`,
    })
    expect(result.problems).toMatchObject([
      { file: 'a.bench.ts', line: 4, column: 19, message: expect.stringContaining('missing') },
      {
        file: 'b.bench.ts',
        line: 4,
        column: 19,
        message: expect.stringContaining("Cannot find package 'no-such-package'"),
      },
    ])
  })

  it('shows which import does not exist in its module', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}interface Removed {\n  x: 1\n}\nimport { nope } from './lib'\nscenario(nope, { target, load })`,
      'lib.ts': 'export const x = 1\n',
    })
    expect(result.problems).toMatchObject([
      {
        file: 'a.bench.ts',
        line: 7,
        message: expect.stringContaining("does not provide an export named 'nope'"),
      },
    ])
  })

  it('shows what was thrown when it is no error', async () => {
    const result = await collectFiles({ 'a.bench.ts': `${HEAD}throw 'text'` })
    expect(result.problems).toMatchObject([{ message: "'text' was thrown." }])
  })

  it('names both places of a duplicate', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}enum Shift { a }\nscenario('same', { target, load })\n\nscenario('same', { target, load })`,
    })
    expect(result.problems).toMatchObject([
      {
        message: expect.stringMatching(
          /'same' is used twice: at \S+a\.bench\.ts:5:1 and at \S+a\.bench\.ts:7:1\./,
        ),
        line: 7,
      },
    ])
  })

  it('tells all that is wrong with a scenario, once, and of which cases', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}
scenario('x', {
  matrix: { batch: [0, 4, 8] },
  target,
  load: ({ batch }) => poisson({ rate: batch }),
  duration: '5' as never,
  durration: '5s',
} as never)
scenario('good', { target, load })
scenario('empty', { matrix: { batch: [] as number[] }, target, load })
`,
    })
    expect(names(result)).toEqual(['x', 'good'])
    expect(result.problems.map(formatCollectProblem)).toEqual([
      `a.bench.ts:5:1
Scenario 'x' has 3 problems:
  durration: there is no such option. Did you mean 'duration'?
  load.rate (batch=0): expected arrivals per second, a number above 0, not 0.
  duration: '5' is not a duration. Write a number with a unit, for example '500us', '50ms', '30s', '5m' or '24h'.`,
      `a.bench.ts:13:1
Scenario 'empty' has a problem:
  matrix.batch: the axis has no values, so there is no case to run.`,
    ])
  })

  it('shows where a function of the case threw', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}
scenario('x', {
  matrix: { batch: [1, 2] },
  target: ({ batch }) => {
    if (batch > 1) throw new Error('too large')
    return target
  },
  load,
})
`,
    })
    expect(result.problems).toMatchObject([
      {
        line: 8,
        scenario: ['x'],
        message: "The function of the case in 'target' of scenario 'x > batch=2' threw: Error: too large",
        frame: expect.stringContaining('>  8 |'),
      },
    ])
  })

  it('refuses asynchronous functions of the case', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}scenario('x', { target: async () => target, load } as never)`,
    })
    expect(result.problems[0]?.message).toContain(
      'target: the function of the case is asynchronous; do what takes time in `setup`',
    )
  })

  it('gives a file up that never ends, and collects the others', async () => {
    const good = (name: string) => `${HEAD}scenario('${name}', { target, load })`
    const result = await collectFiles(
      {
        'a.bench.ts': good('before'),
        'b.bench.ts': `${HEAD}for (;;) {}`,
        'c.bench.ts': `${HEAD}await new Promise(() => undefined)`,
        'd.bench.ts': `${HEAD}import './slow'`,
        'slow.ts': 'while (true) {}',
        'e.bench.ts': good('after'),
      },
      { timeout: 3 * SECOND },
    )
    expect(names(result)).toEqual(['before', 'after'])
    expect(result.problems.map((problem) => [problem.file, problem.message])).toEqual(
      ['b', 'c', 'd'].map((file) => [
        `${file}.bench.ts`,
        expect.stringContaining('was not collected within 3.00 s: an endless loop'),
      ]),
    )
    expect(
      Object.values(result.graph)
        .flat()
        .some((file) => file.endsWith('slow.ts')),
    ).toBe(true)
  })

  it('survives a file that exits, and one that fails after it was collected', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}process.exit(3)`,
      'b.bench.ts': `${HEAD}scenario('b', { target, load })`,
      'c.bench.ts': `${HEAD}setTimeout(() => { throw new Error('late') }, 5)\nawait new Promise((done) => setTimeout(done, 500))`,
      'd.bench.ts': `${HEAD}scenario('d', { target, load })`,
    })
    expect(names(result)).toEqual(['b', 'd'])
    expect(result.problems).toMatchObject([
      { file: 'a.bench.ts', message: 'The file ended the thread that collects it (exit code 3).' },
      { file: 'c.bench.ts', line: 4, message: 'Error: late' },
    ])
  })

  it('blames the file that left something behind, not the one that is read when it fails', async () => {
    const result = await collectFiles({
      'a.bench.ts': `${HEAD}setTimeout(() => { throw new Error('left behind') }, 5)\nscenario('a', { target, load })`,
      'b.bench.ts': `${HEAD}await new Promise((done) => setTimeout(done, 500))\nscenario('b', { target, load })`,
    })
    expect(names(result)).toEqual(['a', 'b'])
    expect(result.problems).toMatchObject([{ file: 'a.bench.ts', line: 4, message: 'Error: left behind' }])
  })

  it('keeps what bench files print off standard output', async () => {
    const printed: string[] = []
    await collectFiles(
      {
        'a.bench.ts': `${HEAD}console.log('to out')\nconsole.error('to err')\nscenario('x', { target, load })`,
      },
      { print: (text) => printed.push(text) },
    )
    expect(printed.join('')).toContain('to out')
    expect(printed.join('')).toContain('to err')
  })

  it('notes a file without scenarios', async () => {
    expect((await collectFiles({ 'a.bench.ts': HEAD })).notes).toEqual([
      { file: 'a.bench.ts', message: 'has no scenarios.' },
    ])
  })
})

it('can be started early, and ended without use', async () => {
  await using unused = createCollector()
  using project = temporaryProject({ 'a.bench.ts': `${HEAD}scenario('x', { target, load })` })
  await using collector = createCollector()
  expect(names(await collector.collect([project.path('a.bench.ts')], options(project)))).toEqual(['x'])
  expect(names(await collector.collect([project.path('a.bench.ts')], options(project)))).toEqual(['x'])
  expect(unused).toBeDefined()
})
