/** The thread of one scenario with a `setup`: runs it, plans the cases with what it returned, and undoes it at the end. */
import { parentPort } from 'node:worker_threads'
import { Problems } from '../dsl/problems.ts'
import { formatProblem } from '../errors/validation-error.ts'
import type { CasePlan } from '../plan/case-plan.ts'
import { toPlainData } from '../plan/plain-data.ts'
import type { JsonValue } from '../units/json.ts'
import { importBenchFile, staleFileError } from './bench-file.ts'
import { optionsProblem, relativePath, thrownProblem, type CollectProblem } from './collect-problem.ts'
import { planCases, readTags } from './collect-scenario.ts'
import { reportError } from './error-report.ts'
import type { ScenarioCommand, ScenarioEvent } from './scenario-protocol.ts'
import { SetupScope } from './setup-scope.ts'

type Start = Extract<ScenarioCommand, { type: 'start' }>

const port = parentPort
if (port === null) throw new Error('This module runs in a worker thread.')

const post = (event: ScenarioEvent): void => port.postMessage(event)
const scope = new SetupScope()
let started: Start | undefined

port.on('message', (command: ScenarioCommand) => {
  if (command.type === 'start') void start(command)
  else if (command.type === 'abort') scope.abort()
  else void close()
})

async function start(command: Start): Promise<void> {
  started = command
  const opened = await open(command).catch((error: unknown) => [problemOf(error, 'setup')])
  if (isOpen(opened)) {
    post({ type: 'open', ...opened })
    return
  }
  const cleanup = await scope.close()
  post({
    type: 'failed',
    problems: [...opened, ...cleanup.map((error) => problemOf(error, 'what setup deferred'))],
  })
}

interface Opened {
  readonly cases: readonly CasePlan[]
  readonly warnings: readonly string[]
}

function isOpen(opened: Opened | readonly CollectProblem[]): opened is Opened {
  return 'cases' in opened
}

async function open(command: Start): Promise<Opened | readonly CollectProblem[]> {
  const { file, path, request } = command
  const bench = await importBenchFile(file)
  const chain = bench.scenarios.find((candidate) => candidate.path.join('\n') === path.join('\n'))
  if (bench.digest !== command.digest || chain === undefined)
    throw staleFileError(relativePath(request.root, file))
  const setup = chain.scenario.options['setup'] as (context: SetupScope['context']) => unknown
  const data = readSetup(await setup(scope.context))
  if ('errors' in data) return [optionsProblem(request.root, file, chain, data.errors)]
  const source = { path: file, file: relativePath(request.root, file), digest: bench.digest, chain, request }
  const planned = planCases(source, command.cases, readTags(new Problems(), chain), data.setup)
  const problems = [
    ...planned.thrown,
    ...(planned.errors.length === 0 ? [] : [optionsProblem(request.root, file, chain, planned.errors)]),
  ]
  return problems.length > 0
    ? problems
    : { cases: planned.plans, warnings: planned.warnings.map((warning) => formatProblem(warning).trim()) }
}

function readSetup(
  returned: unknown,
): { readonly setup?: JsonValue } | { readonly errors: readonly { path: string; message: string }[] } {
  if (returned === undefined) return {}
  const { value, offences } = toPlainData(returned, 'setup')
  return offences.length > 0 ? { errors: [...offences] } : { setup: value }
}

async function close(): Promise<void> {
  scope.abort()
  const failures = await scope.close()
  post({ type: 'closed', problems: failures.map((error) => problemOf(error, 'what setup deferred')) })
}

function problemOf(error: unknown, what: string): CollectProblem {
  const { file, path, request } = started as Start
  return thrownProblem(request.root, file, reportError(error), {
    scenario: path,
    what: `In scenario '${path.join(' > ')}' ${what}`,
  })
}
