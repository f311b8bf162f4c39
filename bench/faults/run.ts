/**
 * What tools make of bad servers: every fifth answer is one that no tool should count, 300 ms late.
 *
 *   node bench/faults/run.ts [--tools servebench,wrk] [--faults 'status 500,garbage'] [--no-write]
 *
 * For servebench a list of claims has to hold; exits with 1 when one does not. The rows of the others say what they
 * print. Writes the table into RESULTS.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createTruthServer } from '../../packages/core/src/testing.ts'
import { bodyFile } from '../peers/body.ts'
import { freePort } from '../peers/counting-server.ts'
import { onInterrupt } from '../peers/interrupt.ts'
import { describeMachine } from '../peers/machine.ts'
import { compilerProblem } from '../peers/native.ts'
import { writeSection } from '../peers/results.ts'
import { formatNanos, markdownTable } from '../peers/table.ts'
import type { Command, Tool } from '../peers/tool.ts'
import { TOOLS } from '../peers/tools/index.ts'
import { servebench } from '../peers/tools/servebench.ts'
import { endRunning, type Outcome, runTrial } from '../peers/trial.ts'
import { claims, type FaultTrial } from './claims.ts'
import { FAULTS, type FaultCase } from './faults.ts'

const RESULTS = fileURLToPath(new URL('RESULTS.md', import.meta.url))
const HEADING = `# Bad servers

Closed loop, four connections, 3 s, 1 s timeout; every fifth answer is bad and comes 300 ms late, the others take 1 ms.
Good and bad: what the server did. The rest is what the tool printed. servebench measures the requests of the 3 s, and goes on
sending, unmeasured, until all of those have ended. To run again: \`npm run bench:faults\`.`

const SECONDS = 3
const TIMEOUT_SECONDS = 1
const CONCURRENCY = 4

interface Truth {
  readonly good: number
  readonly bad: number
}

async function attack(tool: Tool, fault: FaultCase, folder: string) {
  await using server = fault.program === null ? null : await createTruthServer({ program: fault.program })
  const url = `${server?.url ?? `http://127.0.0.1:${await freePort()}`}/v1/infer`
  const job = { url, bodyFile: bodyFile(folder, 600), concurrency: CONCURRENCY, seconds: SECONDS }
  const command = tool.closed?.({ ...job, timeoutSeconds: TIMEOUT_SECONDS }) as Command
  let printed: unknown = null
  const keeping: Command = {
    ...command,
    parse: (stdout, stderr) => {
      if (tool === servebench) printed = JSON.parse(stdout)
      return command.parse(stdout, stderr)
    },
  }
  const outcome = await runTrial(keeping, { folder, limitSeconds: 25, quietSeconds: 0 })
  const counters = server?.counters()
  const good = counters?.statuses['200'] ?? 0
  const truth: Truth = { good, bad: (counters?.requests ?? 0) - good }
  return { outcome, truth, trial: printed as FaultTrial | null }
}

async function main(): Promise<number> {
  const problem = compilerProblem()
  if (problem !== null) {
    console.error(problem)
    return 2
  }
  const { values } = parseArgs({
    options: {
      tools: { type: 'string' },
      faults: { type: 'string' },
      'no-write': { type: 'boolean', default: false },
    },
  })
  const tools = TOOLS.filter(
    (tool) => tool.closed && tool.find() !== null && (values.tools?.split(',').includes(tool.name) ?? true),
  )
  const faults = FAULTS.filter(({ name }) => values.faults?.split(',').includes(name) ?? true)
  if (tools.length === 0 || faults.length === 0) {
    console.error(`No such tool or fault. Faults: ${FAULTS.map(({ name }) => name).join(', ')}.`)
    return 2
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'servebench-faults-'))
  onInterrupt(() => {
    endRunning()
    rmSync(folder, { recursive: true, force: true })
  })
  const broken: string[] = []
  const parts: string[] = []
  try {
    for (const fault of faults) {
      const rows: string[][] = []
      for (const tool of tools) {
        const { outcome, truth, trial } = await attack(tool, fault, folder)
        rows.push(row(tool, outcome, truth, trial))
        if (tool !== servebench) continue
        const { exitCode, wallSeconds } = outcome
        const load = { seconds: SECONDS, timeoutSeconds: TIMEOUT_SECONDS, concurrency: CONCURRENCY }
        for (const { claim, holds, found } of claims({ fault, exitCode, wallSeconds, ...load, trial })) {
          if (!holds) broken.push(`${fault.name}: ${claim}: ${found}`)
        }
      }
      const header = [
        'tool',
        'exit code',
        'wall s',
        'good',
        'bad',
        'says good',
        'says bad',
        'says rate',
        'says p50',
        'says p99',
      ]
      const text = `## ${fault.name}\n\n${markdownTable(header, rows)}`
      console.log(`${text}\n`)
      parts.push(text)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const versions = tools.map((tool) => `${tool.name} ${tool.version()}`).join(', ')
  const date = `${new Date().toISOString().slice(0, 10)}, ${describeMachine()}. ${versions}.`
  if (!values['no-write']) writeSection(RESULTS, HEADING, 'faults', [...parts, date].join('\n\n'))
  for (const sentence of broken) console.error(`servebench does not hold: ${sentence}`)
  return broken.length > 0 ? 1 : 0
}

function rounded(value: number | undefined): string {
  return value === undefined ? '–' : String(Math.round(value))
}

function row(
  tool: Tool,
  { exitCode, wallSeconds, told, problem, stopped }: Outcome,
  { good, bad }: Truth,
  trial: FaultTrial | null,
): string[] {
  return [
    tool.name,
    stopped ? 'stopped' : String(exitCode),
    wallSeconds.toFixed(1),
    String(good),
    String(bad),
    problem === null ? rounded(told.count) : trial?.state === 'failed' ? 'failed' : 'no report',
    rounded(told.errors),
    told.throughput === undefined ? '–' : `${rounded(told.throughput)}/s`,
    formatNanos(told.p50),
    formatNanos(told.p99),
  ]
}

process.exitCode = await main()
