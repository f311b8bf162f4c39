import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whoever gets a page gets what is in it: what the licences of those parts ask to say. */
export interface Licences {
  /** For the page: short licences in full, long ones by their names. */
  readonly short: string
  /** For the package: everything. */
  readonly full: string
}

const SHORT = 4096

/** Of the packages that modules are from. */
export function licencesOf(modules: readonly string[]): Licences {
  const folders = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  )
  const parts = [...folders].sort().map(readPart)
  return {
    short: parts
      .map(({ title, notice, licence }) =>
        [title, notice, ...(licence.length <= SHORT ? [licence] : [])].join('\n'),
      )
      .join('\n\n'),
    full: parts.map(({ title, notice, licence }) => [title, notice, licence].join('\n')).join('\n\n'),
  }
}

function readPart(folder: string): {
  readonly title: string
  readonly notice: string
  readonly licence: string
} {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly version: string
    readonly license: string
  }
  const read = (...files: readonly string[]): string => {
    const file = files.map((one) => join(folder, one)).find((path) => existsSync(path))
    return file === undefined ? '' : `${readFileSync(file, 'utf8').trim()}\n`
  }
  const licence = read('LICENSE', 'LICENSE.txt', 'LICENSE.md')
  if (licence === '') throw new Error(`${name} has no licence.`)
  return { title: `${name} ${version}, ${license}`, notice: read('NOTICE', 'NOTICE.txt'), licence }
}
