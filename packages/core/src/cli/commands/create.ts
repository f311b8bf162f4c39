import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import pc from 'picocolors'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { VERSION } from '../../version.ts'

export interface CreateValues {
  readonly directory?: string
  readonly force?: boolean
}

const TEMPLATE = fileURLToPath(new URL('../../../templates/plugin', import.meta.url))
const PLAIN = 'servebench-plugin-acme'
/** npm leaves the first out of packages, and takes the second for the description of one. */
const RENAMED: Readonly<Record<string, string>> = {
  gitignore: '.gitignore',
  package: 'package.json',
}

/**
 * `servebench create plugin [name]`: the sources of a plugin with a target, a server, a sampler, a reporter and their tests.
 * Asks nothing; existing files stay as they are, unless forced.
 */
export async function createPluginCommand(name: string, values: CreateValues): Promise<number> {
  const names = namesOf(name)
  const directory = resolve(values.directory ?? basename(name))
  const files = templateFiles(TEMPLATE)
  const existing = files.map(targetOf).filter((file) => existsSync(join(directory, file)))
  if (existing.length > 0 && values.force !== true) {
    throw new ServebenchError(
      'SERVEBENCH_CREATE',
      `In ${directory} there is ${existing.slice(0, 3).join(', ')}${existing.length > 3 ? ' and more' : ''} already.`,
      {
        advice: 'Name another folder with --directory, or write over it with --force.',
        exitCode: ExitCode.usage,
      },
    )
  }
  for (const file of files) {
    const path = join(directory, targetOf(file))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, fill(readFileSync(join(TEMPLATE, file), 'utf8'), name, names))
  }
  const shown = relative(process.cwd(), directory) || '.'
  process.stdout.write(`${files.map((file) => `${pc.green('+')} ${join(shown, targetOf(file))}\n`).join('')}
Next:
  cd ${shown}
  npm install
  npm test            the contracts that servebench relies on
  npx servebench      bench/example.bench.ts; npx servebench tune for its study
`)
  return ExitCode.ok
}

interface Names {
  /** `myServer`: of factories and of the kind. */
  readonly identifier: string
  /** `MyServer`: of types and in texts. */
  readonly type: string
  /** `MY_SERVER`: of error codes. */
  readonly constant: string
}

/** @throws {ServebenchError} for what cannot be the name of a package, or of a function */
function namesOf(name: string): Names {
  const words = basename(name)
    .replace(/^servebench-/, '')
    .replace(/^plugin-(?=.)/, '')
    .split(/[^a-zA-Z0-9]+/)
    .filter((word) => word !== '')
  const isPackage = /^(@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(name) && name.length <= 214
  const [first = ''] = words
  if (!isPackage || !/^[a-z]/.test(first)) {
    throw new ServebenchError('SERVEBENCH_CREATE', `'${name}' cannot be the name of a plugin's package.`, {
      advice:
        "Write small letters, digits and dashes, such as 'servebench-plugin-myserver' or '@me/servebench-myserver'.",
      exitCode: ExitCode.usage,
    })
  }
  const type = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  return {
    identifier: type.charAt(0).toLowerCase() + type.slice(1),
    type,
    constant: words.join('_').toUpperCase(),
  }
}

/** In one pass: what stands for something may be a part of what takes its place. */
function fill(text: string, name: string, { identifier, type, constant }: Names): string {
  const words: Readonly<Record<string, string>> = {
    [PLAIN]: name,
    SERVEBENCH_VERSION: VERSION,
    acme: identifier,
    Acme: type,
    ACME: constant,
  }
  return text.replace(new RegExp(Object.keys(words).join('|'), 'g'), (word) => words[word] ?? word)
}

function targetOf(file: string): string {
  return RENAMED[file] ?? file
}

function templateFiles(folder: string, inside = ''): string[] {
  return readdirSync(join(folder, inside), { withFileTypes: true }).flatMap((entry) => {
    const path = inside === '' ? entry.name : `${inside}/${entry.name}`
    return entry.isDirectory() ? templateFiles(folder, path) : [path]
  })
}
