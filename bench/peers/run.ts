/**
 * servebench against its peers: the same work, the same server, taking turns in one run.
 *
 *   node bench/peers/run.ts [SECTION…] [--tools wrk,servebench] [--rounds 3] [--quiet 20] [--lines FILE] [--no-write]
 *   node bench/peers/run.ts --from FILE        make the tables again from the lines of an earlier run
 *
 * Peers that are not on PATH are left out, with a note. Writes one line of JSON per run, and the tables of the sections
 * that ran into RESULTS.md.
 */
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.ts'
import { onInterrupt } from './interrupt.ts'
import { compilerProblem, findExecutable } from './native.ts'
import { writeSection } from './results.ts'
import type { Line, Section, Setting } from './section.ts'
import { SECTIONS } from './sections/index.ts'
import { TOOLS } from './tools/index.ts'
import { endRunning } from './trial.ts'

const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url))
const CACHE = fileURLToPath(new URL('../.cache/peers/', import.meta.url))
const HEADING = `# servebench and its peers

One machine, client and server sharing its cores, nothing pinned. Every tool runs once per cell, in a fixed order, then the
next round; a run during which others used more than a quarter of a core is repeated, then left out of the table unless it
is all there is (marked ~). Runs: used of those made. Each section has its own date. To measure again: \`npm run bench:peers\`.`

async function main(): Promise<number> {
  const problem = compilerProblem()
  if (problem !== null) {
    console.error(problem)
    return 2
  }
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      tools: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      quiet: { type: 'string', default: '20' },
      lines: { type: 'string' },
      from: { type: 'string' },
      'no-write': { type: 'boolean', default: false },
    },
  })
  const sections = chosen(positionals)
  if (typeof sections === 'string') return usage(sections)
  if (values.from !== undefined) {
    writeTables(SECTIONS, readLines(values.from), values['no-write'])
    return 0
  }
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1) return usage(`'${values.rounds}' is not a number of rounds.`)
  if (process.platform !== 'linux')
    return usage('The peers are measured on Linux: the server needs epoll, the costs /proc.')
  if (findExecutable('cc') === null)
    return usage('A C compiler (cc) is needed for the server: apt-get install gcc.')

  const only = values.tools?.split(',')
  const tools = TOOLS.filter(({ name }) => only === undefined || only.includes(name))
  const missing = tools.filter((tool) => tool.find() === null).map(({ name }) => name)
  if (missing.length > 0) console.error(`Not found, left out: ${missing.join(', ')}.`)

  mkdirSync(CACHE, { recursive: true })
  const file = values.lines ?? path.join(CACHE, `${new Date().toISOString().replaceAll(':', '')}.jsonl`)
  const folder = mkdtempSync(path.join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'servebench-peers-'))
  onInterrupt(() => {
    endRunning()
    rmSync(folder, { recursive: true, force: true })
  })
  const lines: Line[] = []
  const setting: Setting = {
    tools: tools.filter((tool) => tool.find() !== null),
    rounds,
    folder,
    quietSeconds: Number(values.quiet),
    record(line) {
      lines.push(line)
      appendFileSync(file, `${JSON.stringify(line)}\n`)
    },
    log: (text) => console.error(text),
  }
  try {
    for (const section of sections) {
      await section.run(setting)
      writeTables([section], lines, values['no-write'])
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  console.error(`Lines: ${file}`)
  return 0
}

function chosen(names: readonly string[]): readonly Section[] | string {
  const unknown = names.filter((name) => !SECTIONS.some((section) => section.name === name))
  if (unknown.length > 0)
    return `Unknown: ${unknown.join(', ')}. There are: ${SECTIONS.map(({ name }) => name).join(', ')}.`
  return names.length === 0 ? SECTIONS : SECTIONS.filter(({ name }) => names.includes(name))
}

function usage(sentence: string): number {
  console.error(sentence)
  return 2
}

function readLines(file: string): Line[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line)
}

function writeTables(sections: readonly Section[], lines: readonly Line[], printOnly: boolean): void {
  for (const section of sections) {
    const own = lines.filter((line) => line.section === section.name)
    if (own.length === 0) continue
    const versions = new Map(own.map(({ tool, version }) => [tool, version]))
    const facts = [
      `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}.`,
      `${[...versions].map(([tool, version]) => `${tool} ${version}`).join(', ')}.`,
    ]
    const text = `${section.report(own)}\n\n${facts.join(' ')}`
    console.log(`${text}\n`)
    if (!printOnly) writeSection(RESULTS, HEADING, section.name, text)
  }
}

process.exitCode = await main()
