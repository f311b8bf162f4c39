import { readdirSync } from 'node:fs'
import { canonicalJson, type JsonValue } from '../units/json.ts'
import { Breach, checkEach, show } from './breach.ts'
import type { Report, ReporterCheckOptions } from './check-reporter.ts'
import type { Rule } from './conformance.ts'
import type { ReporterBench } from './reporter-bench.ts'

/** In any order; the first one shows whether there is a reporter at all. */
export const REPORTER_RULES: readonly Rule<ReporterBench, ReporterCheckOptions>[] = [
  { name: 'it reports', run: checkReport },
  { name: 'the report is right', needs: ['accept'], run: checkAccepted },
  { name: 'whatever comes out of a run is reported', run: checkAll },
  { name: 'a result stays as it is', run: checkPurity },
  { name: 'the same result makes the same report', run: checkRepetition },
  {
    name: 'files are named inside of the folder of the run, and written through its context',
    run: checkFiles,
  },
  { name: 'a number that there is not is not made up', run: checkNumbers },
  { name: 'texts of others do not control the terminal', run: checkControls },
  { name: 'texts of others are no markup', run: checkMarkup },
]

/** Folders and names, below the folder of the run. */
const INSIDE = /^(?!\/)(?!.*(^|\/)\.\.(\/|$))[^\\\0]+$/
/** What comes out where a value is written that is none. */
const MADE_UP = /\bNaN\b|\bundefined\b|\[object \w+\]|\bInfinity\b/
/** Characters that move a cursor, or turn text around, line ends and tabs aside. */
// oxlint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
/** Of the sample's names. */
const MARKUP = '<img src=x>'
const PAGES = /\.(x?html?|svg)$/i

async function checkReport(bench: ReporterBench): Promise<void> {
  const [[, result] = []] = bench.results()
  const { files, printed } = await bench.report(result as never)
  if (printed === '' && Object.keys(files).length === 0)
    throw new Breach('it prints nothing, and writes no file.', true)
}

async function checkAccepted(bench: ReporterBench): Promise<void> {
  const [[, result] = []] = bench.results()
  const report = await bench.report(result as never)
  if (bench.options.accept?.(report) === false)
    throw new Breach(`it is not accepted: ${show(report.printed || Object.keys(report.files))}.`)
}

function checkAll(bench: ReporterBench): Promise<void> {
  return eachReport(bench, () => {})
}

function checkPurity(bench: ReporterBench): Promise<void> {
  return checkEach(
    bench.results(),
    ([name]) => name,
    async ([, result]) => {
      const before = canonicalJson(result as unknown as JsonValue)
      await bench.report(freeze(result))
      if (canonicalJson(result as unknown as JsonValue) !== before) throw new Breach('it is changed.')
    },
  )
}

function checkRepetition(bench: ReporterBench): Promise<void> {
  return checkEach(
    bench.results(),
    ([name]) => name,
    async ([, result]) => {
      const [first, second] = [await bench.report(result), await bench.report(structuredClone(result))]
      const other = namesOf(first, second).find((name) => textOf(first, name) !== textOf(second, name))
      if (other !== undefined) throw new Breach(`${other} is another one the second time.`)
    },
  )
}

async function checkFiles(bench: ReporterBench): Promise<void> {
  await eachReport(bench, ({ files }) => {
    const outside = Object.keys(files).find((file) => !INSIDE.test(file))
    if (outside !== undefined) throw new Breach(`${show(outside)} is no path inside of a folder.`)
  })
  const written = readdirSync(bench.directory).filter((file) => file !== 'result.json')
  if (written.length > 0) throw new Breach(`${written.join(', ')} was written past \`context.write\`.`)
}

function checkNumbers(bench: ReporterBench): Promise<void> {
  return eachText(bench, (name, text) => {
    // Scripts of a page have words of their own.
    const found = PAGES.test(name) ? null : MADE_UP.exec(text)
    if (found !== null) throw new Breach(`${name} has ${show(around(text, found.index))}.`)
  })
}

function checkControls(bench: ReporterBench): Promise<void> {
  return eachText(bench, (name, text) => {
    const found = PAGES.test(name) || isJson(text) ? null : CONTROLS.exec(text)
    if (found !== null) throw new Breach(`${name} has ${show(around(text, found.index))}.`)
  })
}

function checkMarkup(bench: ReporterBench): Promise<void> {
  return eachText(bench, (name, text) => {
    const at = PAGES.test(name) ? text.indexOf(MARKUP) : -1
    if (at !== -1) throw new Breach(`${name} has ${show(around(text, at))}.`)
  })
}

function eachReport(bench: ReporterBench, check: (report: Report) => void): Promise<void> {
  return checkEach(
    bench.results(),
    ([name]) => name,
    async ([, result]) => check(await bench.report(result)),
  )
}

/** Files that are text, and what was printed. */
function eachText(bench: ReporterBench, check: (name: string, text: string) => void): Promise<void> {
  return eachReport(bench, (report) => {
    for (const name of namesOf(report)) {
      const text = textOf(report, name)
      // Pictures and archives.
      if (!text.includes('\0')) check(name, text)
    }
  })
}

const PRINTED = 'what it prints'

function namesOf(...reports: readonly Report[]): readonly string[] {
  return [PRINTED, ...new Set(reports.flatMap(({ files }) => Object.keys(files)))]
}

function textOf({ files, printed }: Report, name: string): string {
  const body = name === PRINTED ? printed : (files[name] ?? '')
  return typeof body === 'string' ? body : Buffer.from(body).toString('latin1')
}

/** Programs read it, and have texts as they were. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function around(text: string, index: number): string {
  return text.slice(Math.max(0, index - 20), index + 40)
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const each of Object.values(value)) freeze(each)
  return Object.freeze(value)
}
