import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const TOOLS = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url))
const GENERATED = 'src/server/grpc/gen'

function read(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  )
}

it('has generated code that belongs to its protocol files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'servebench-generate-'))
  try {
    execFileSync(join(TOOLS, 'buf'), ['generate', '--output', folder], {
      cwd: PACKAGE,
      // The plugin is a script of node_modules; nothing is fetched.
      env: { ...process.env, PATH: [TOOLS, dirname(process.execPath), process.env['PATH']].join(delimiter) },
    })
    const fresh = read(join(folder, GENERATED))
    expect(Object.keys(fresh)).toHaveLength(3)
    expect(read(join(PACKAGE, GENERATED))).toEqual(fresh)
  } finally {
    rmSync(folder, { recursive: true })
  }
}, 20_000)
