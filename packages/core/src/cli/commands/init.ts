import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import pc from 'picocolors'
import { ExitCode } from '../../errors/servebench-error.ts'
import { BENCH_FILE, CONFIG_FILE, WORKFLOW_FILE } from '../init-files.ts'

/** `servebench init`: what a project needs to start with. Existing files stay as they are, unless forced. */
export async function initCommand(options: { readonly force?: boolean }): Promise<number> {
  const root = process.cwd()
  write(root, 'bench/first.bench.ts', BENCH_FILE, options.force ?? false)
  const config = existingConfig(root)
  if (config === null) write(root, 'servebench.config.ts', CONFIG_FILE, options.force ?? false)
  else process.stdout.write(`${pc.yellow('–')} ${config} is there already\n`)
  write(root, '.github/workflows/servebench.yml', WORKFLOW_FILE, options.force ?? false)
  excludeFromVitest(root)
  process.stdout.write(`
Next:
  1. Install servebench and the server's plugin:  npm install --save-dev servebench
  2. Put your endpoint into bench/first.bench.ts
  3. Run it:                                       npx servebench
`)
  return ExitCode.ok
}

/** The configuration that the project has, wherever it may stand: a second one would be an error. */
function existingConfig(root: string): string | null {
  const name = ['mts', 'js', 'mjs', 'json']
    .map((extension) => `servebench.config.${extension}`)
    .find((each) => existsSync(join(root, each)))
  if (name !== undefined) return name
  try {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly servebench?: unknown
    }
    return manifest.servebench === undefined ? null : 'the key "servebench" of package.json'
  } catch {
    return null
  }
}

function write(root: string, name: string, content: string, force: boolean): void {
  const path = join(root, name)
  if (existsSync(path) && !force) {
    process.stdout.write(`${pc.yellow('–')} ${name} is there already\n`)
    return
  }
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  process.stdout.write(`${pc.green('+')} ${name}\n`)
}

/** A configuration is code: it is not edited, but its owner is told what to add. */
function excludeFromVitest(root: string): void {
  const name = ['vitest.config.ts', 'vitest.config.mts', 'vitest.config.js', 'vite.config.ts'].find((each) =>
    existsSync(join(root, each)),
  )
  if (name === undefined || /bench\.ts|benchmark/.test(readFileSync(join(root, name), 'utf8'))) return
  process.stdout.write(
    `${pc.yellow('!')} \`vitest bench\` also looks for *.bench.ts: add  benchmark: { exclude: ['bench/**'] }  to \`test\` in ${name}\n`,
  )
}
