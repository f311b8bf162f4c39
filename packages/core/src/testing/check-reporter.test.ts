import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { REPORTERS } from '../builtin/reporters/reporters.ts'
import type { ReportContext } from '../hooks/contexts.ts'
import { API_VERSION, definePlugin, type BenchPlugin } from '../hooks/plugin.ts'
import { printable } from '../report/printable.ts'
import type { RunResult } from '../report/result.ts'
import { checkReporter } from './check-reporter.ts'
import { sampleResult } from './sample-result.ts'

type Make = (result: RunResult, context: ReportContext) => Promise<unknown>

function reporter(make: Make | null): BenchPlugin {
  return definePlugin({
    name: 'theirs',
    apiVersion: API_VERSION,
    apply({ hooks }) {
      if (make !== null)
        hooks.report.tapPromise('theirs', async (result, context) => void (await make(result, context)))
    },
  })
}

const good: Make = async ({ cases }, { write, print }) => {
  const lines = cases.map(({ path, pooled }) => {
    const { throughput = null } = pooled ?? {}
    return `${printable(path.join(' > '))}: ${throughput === null ? '–' : throughput.toFixed(1)}\n`
  })
  await write('theirs/cases.txt', lines.join(''))
  print(`${cases.length} cases\n`)
}

describe.each(Object.entries(REPORTERS))('the reporter %s', (_, load) => {
  it('keeps the contract', async () => {
    const { plugin } = await load()
    await checkReporter(plugin)
  })
})

it('that keeps the contract passes', async () => {
  const { held, skipped } = await checkReporter(reporter(good), {
    accept: ({ files, printed }) => Object.keys(files).length === 1 && printed === '7 cases\n',
    results: [sampleResult()],
  })
  expect([held.length, skipped]).toEqual([9, []])
})

let times = 0
it.each<[string, Make | null, RegExp]>([
  ['taps nothing', null, /it reports: taps nothing on `report`/],
  ['says nothing', async () => {}, /it reports: it prints nothing, and writes no file/],
  [
    'trusts that all was measured',
    async ({ cases }, { print }) => print(cases.map(({ pooled }) => pooled!.throughput!.toFixed(1)).join()),
    /whatever comes out of a run is reported · a run of all kinds: threw PluginError: .*null/,
  ],
  [
    'trusts that something was measured',
    async ({ trials }, { print }) => print(trials[0]!.id),
    /reported · a run that was interrupted at once: threw/,
  ],
  [
    'sorts in place',
    async (result, context) => {
      ;(result.cases as unknown[]).reverse()
      await good(result, context)
    },
    /a result stays as it is · a run of all kinds: threw PluginError/,
  ],
  [
    'has the time in it',
    async (_, { print }) => print(`${times++}`),
    /the same report · .*what it prints is another/,
  ],
  [
    'writes elsewhere',
    async (_, { write }) => write('../latest.txt', ''),
    /'\.\.\/latest\.txt' is no path inside/,
  ],
  [
    'writes by itself',
    async (_, { directory, print }) => {
      writeFileSync(join(directory, 'own.txt'), '')
      print('own.txt')
    },
    /own\.txt was written past `context\.write`/,
  ],
  [
    'writes a file twice',
    async (_, { write }) => {
      await write('a', '1')
      await write('a', '2')
    },
    /writes a twice/,
  ],
  [
    'makes numbers up',
    async ({ cases }, { print }) =>
      print(cases.map(({ pooled }) => String(Number(pooled?.throughput))).join()),
    /a number that there is not is not made up · a run of all kinds: what it prints has '.*NaN/,
  ],
  [
    'repeats what others say',
    async ({ cases }, { write }) => write('a.txt', cases.map(({ path }) => path.join()).join()),
    /do not control the terminal · a run of all kinds: a\.txt has '.*\\x1B\[31mred/,
  ],
  [
    'makes a page of what others say',
    async ({ cases }, { write }) => write('a.html', printable(cases.map(({ path }) => path.join()).join())),
    /are no markup · a run of all kinds: a\.html has '.*<img src=x>/,
  ],
])('that %s is found out', async (_, make, expected) => {
  await expect(checkReporter(reporter(make))).rejects.toThrow(expected)
})

it('that makes something else of it than a test expects is found out', async () => {
  await expect(checkReporter(reporter(good), { accept: () => false })).rejects.toThrow(
    /the report is right: it is not accepted: '7 cases/,
  )
})

it('is given the options of the configuration', async () => {
  const { plugin } = await REPORTERS.json()
  await expect(checkReporter(plugin, { options: { fil: 'x' } })).rejects.toThrow(/reporters\.json\.fil/)
})
