import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const begin = (section: string) => `<!-- begin ${section} -->`
const end = (section: string) => `<!-- end ${section} -->`

/**
 * Replaces one section of a results file, and leaves the others as they are: they were measured another day.
 * @param text of the section, in Markdown
 */
export function writeSection(file: string, heading: string, section: string, text: string): void {
  const current = existsSync(file) ? readFileSync(file, 'utf8') : `${heading}\n`
  const block = `${begin(section)}\n\n${text}\n\n${end(section)}`
  const from = current.indexOf(begin(section))
  const until = current.indexOf(end(section))
  const next =
    from < 0 || until < from
      ? `${current.trimEnd()}\n\n${block}\n`
      : `${current.slice(0, from)}${block}${current.slice(until + end(section).length)}`
  writeFileSync(file, next)
}
