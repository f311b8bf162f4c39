import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'layers-'))
  copyFileSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** What the linter says of a file that stands at this place. */
function lint(path: string, text: string): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--format=unix', path], {
    cwd: folder,
    encoding: 'utf8',
  })
  rmSync(file)
  return stdout
}

describe('the rules of the layers', () => {
  it.each([
    ['model/x.ts', "import { text } from '../report/y.ts'\nexport const x = text\n", 'no-restricted-imports'],
    ['stats/x.ts', "import { run } from '../runner/run.ts'\nexport const x = run\n", 'no-restricted-imports'],
    ['report/x.ts', "import { read } from '../trace/y.ts'\nexport const x = read\n", 'no-restricted-imports'],
    ['trace/x.ts', "import { run } from '../runner/y.ts'\nexport const x = run\n", 'no-restricted-imports'],
    ['engine/x.ts', "import { plan } from '../plan/y.ts'\nexport const x = plan\n", 'no-restricted-imports'],
    [
      'arrival/x.ts',
      "import { readFileSync } from 'node:fs'\nexport const x = readFileSync\n",
      'no-restricted-imports',
    ],
    ['slo/x.ts', 'export const x = Date.now()\n', 'no-restricted-globals'],
    ['dsl/x.ts', 'export const x = Math.random()\n', 'no-restricted-properties'],
    ['stats/x.ts', 'export const x = Math.pow(2, 3)\n', 'no-restricted-properties'],
    [
      'builtin/a/x.ts',
      "import { run } from '../../runner/run.ts'\nexport const x = run\n",
      'no-restricted-imports',
    ],
    ['cli/x.ts', "import { render } from 'ink'\nexport const x = render\n", 'no-restricted-imports'],
  ])('refuse what packages/core/src/%s must not do', (path, text, rule) => {
    expect(lint(`packages/core/src/${path}`, text)).toContain(rule)
  })

  it.each([
    ['engine/x.ts', "import { y } from '../stats/y.ts'\nexport const x = y\n"],
    ['runner/x.ts', "import { y } from '../report/y.ts'\nexport const x = y\n"],
    ['builtin/a/x.ts', "import { y } from '../../plugin.ts'\nexport const x = y\n"],
    ['stats/x.ts', "import type { Plan } from '../plan/y.ts'\nexport const x = (plan: Plan): Plan => plan\n"],
  ])('allow what packages/core/src/%s may do', (path, text) => {
    expect(lint(`packages/core/src/${path}`, text)).not.toContain('no-restricted')
  })

  it('refuse a plugin that reaches into the core', () => {
    const text = "import { run } from '../../core/src/runner/run.ts'\nexport const x = run\n"
    expect(lint('packages/plugin-x/src/x.ts', text)).toContain('no-restricted-imports')
  })
})

describe('pure folders', () => {
  // Powers differ between versions of V8: they are computed in one module. The linter has no rule for the operator.
  it.each(['stats', 'arrival', 'slo', 'dsl'])('%s computes no powers with **', (name) => {
    const base = join(ROOT, 'packages/core/src', name)
    const offenders = readdirSync(base, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .filter((file) =>
        /[\w)\]]\s*\*\*\s*[\w(]/.test(withoutComments(readFileSync(join(base, file), 'utf8'))),
      )
    expect(offenders).toEqual([])
  })
})

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
}
