import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
// Inside the workspace, so that packages resolve as they do for its members.
const SCRATCH = mkdtempSync(join(import.meta.dirname, '.snippets-'))
afterAll(() => rmSync(SCRATCH, { recursive: true }))

const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
  ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}/README.md`),
  ...readdirSync(join(ROOT, 'examples'))
    .map((name) => `examples/${name}/README.md`)
    .filter((page) => existsSync(join(ROOT, page))),
]

/** Fenced blocks of a language, as they stand. */
function blocks(page: string, language: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] as string,
  )
}

describe('code in the documentation', () => {
  it('type-checks', () => {
    let count = 0
    for (const page of PAGES) {
      for (const [index, code] of blocks(page, 'ts').entries()) {
        // A fragment without imports is an excerpt, not a file.
        if (!/^import /m.test(code)) continue
        count += 1
        writeFileSync(join(SCRATCH, `${page.replaceAll(/\W/g, '-')}-${index}.ts`), code)
      }
    }
    expect(count).toBeGreaterThan(3)
    writeFileSync(
      join(SCRATCH, 'tsconfig.json'),
      JSON.stringify({
        extends: '../../../tsconfig.base.json',
        compilerOptions: {
          composite: false,
          noEmit: true,
          isolatedDeclarations: false,
          noUnusedLocals: false,
          jsx: 'react-jsx',
          declarationMap: false,
        },
        include: ['*.ts'],
      }),
    )
    mkdirSync(join(SCRATCH, 'node_modules'), { recursive: true })
    symlinkSync(join(ROOT, 'node_modules/@servebench'), join(SCRATCH, 'node_modules/@servebench'))
    symlinkSync(join(ROOT, 'packages/core'), join(SCRATCH, 'node_modules/servebench'))
    const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', SCRATCH], { encoding: 'utf8' })
    expect(stdout).toBe('')
  })
})

describe.each(PAGES)('%s', (page) => {
  it('links only to what is there', () => {
    const text = readFileSync(join(ROOT, page), 'utf8').replace(/^```[\s\S]*?^```/gm, '')
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] as string)
      .filter((link) => !/^[a-z]+:|^#/.test(link))
    const missing = links.filter(
      (link) => !existsSync(resolve(dirname(join(ROOT, page)), link.split('#')[0] as string)),
    )
    expect(missing).toEqual([])
  })
})

describe('the changelog of decisions', () => {
  it('numbers ADRs without gaps', () => {
    const numbers = readdirSync(join(ROOT, 'docs/adr')).map((file) => Number(file.slice(0, 4)))
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  })
})

describe('the commands of the repository', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const started = Object.entries(scripts).filter(([, command]) => command.includes('bootstrap'))

  it('has some that install what they need', () => {
    expect(started.map(([name]) => name)).toEqual(
      expect.arrayContaining(['quickstart', 'test', 'test:servers']),
    )
  })

  // A shell would run what comes after it under the Node that it knew before.
  it.each(started)('%s leaves the rest to the bootstrap', (_, command) => {
    const script = /^node scripts\/bootstrap\.mjs (\S+\.ts)$/.exec(command)?.[1] ?? 'none'
    expect(existsSync(join(ROOT, script)), command).toBe(true)
  })
})
