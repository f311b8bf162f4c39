import { randomBytes } from 'node:crypto'
import { http } from '../../builtin/http/target.ts'
import { tensors } from '../../builtin/inputs/tensors.ts'
import type { CollectProblem } from '../../collector/collect-problem.ts'
import { collectScenario } from '../../collector/collect-scenario.ts'
import type { Written } from '../../dsl/bench-source.ts'
import { closed } from '../../dsl/loads/closed.ts'
import { constantRate } from '../../dsl/loads/constant-rate.ts'
import { poisson } from '../../dsl/loads/poisson.ts'
import { collectTree } from '../../dsl/registry.ts'
import { scenario } from '../../dsl/scenario.ts'
import { listScenarios, type ScenarioChain } from '../../dsl/tree.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { MatrixPlanner } from '../../plan/matrix-planner.ts'
import { redactText } from '../../transport/secret-redaction.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'
import { createRunner, execute } from '../execute.ts'
import { LateLog } from '../late-log.ts'
import { printBench } from '../print-bench.ts'
import { loadPlannedPlugins, openWorkspace } from '../project.ts'
import { quickScenario, withScheme, type QuickOptions, type QuickScenario } from '../quick-scenario.ts'
import { configArgument } from '../run-options.ts'
import { listenForStop } from '../signals.ts'
import { startProgress } from '../start-progress.ts'

const NAME = 'quick'
const FILE = '<quick>'

/** The factories that a quick scenario may call; a target of a package needs only its name. */
const FACTORIES: Readonly<Record<string, (argument: never) => unknown>> = {
  http,
  closed,
  constantRate,
  poisson,
  tensors,
  oip: (options: object) => ({ kind: 'oip', package: '@servebench/plugin-oip', options }),
}

/** `servebench quick URL` */
export async function quickCommand(address: string, options: QuickOptions): Promise<number> {
  const url = withScheme(address)
  const written = quickScenario(url, options)
  if (options.printBench) {
    process.stdout.write(printBench(written, url))
    return ExitCode.ok
  }
  const log = new LateLog()
  const workspace = await openWorkspace({
    directory: process.cwd(),
    arguments: [
      ...(options.seed === undefined ? [] : [configArgument('seed', options.seed)]),
      ...(options.output === undefined ? [] : [configArgument('output', options.output)]),
      ...(options.json ? [{ origin: '--json', path: 'reporters', value: [] }] : []),
    ],
    log,
  })
  const { config } = workspace
  const [chain] = listScenarios(await collectTree(async () => addScenario(url, written)))
  const collected = collectScenario({
    path: FILE,
    file: FILE,
    digest: '',
    chain: chain as ScenarioChain,
    request: {
      root: config.root,
      defaults: { settings: config.settings, origins: config.origins, repeats: config.repeats },
      filter: {},
    },
  })
  if (collected.problems.length > 0) {
    log.attach(new PlainProgress())
    throw commandError(collected.problems)
  }
  const cases = collected.scenario?.cases ?? []
  await loadPlannedPlugins(workspace, cases)
  const seed = config.seed ?? randomBytes(6).toString('hex')
  const planner = new MatrixPlanner(cases, [], {
    seed,
    order: 'as-written',
    interleave: 'within-server',
    onFailure: () => {},
  })
  await using runner = createRunner(workspace, log)
  runner.warmUp()
  const progress = await startProgress(workspace.plugins.hooks)
  log.attach(progress)
  const signals = listenForStop(
    () => progress.stopping(),
    () => {
      runner.kill()
      progress.restore()
    },
  )
  try {
    const { result } = await execute({
      workspace,
      planner,
      known: planner.known.trials,
      cases: [],
      skipped: [],
      seed,
      signals,
      progress,
      runner,
      print: (text) => void process.stdout.write(text),
    })
    if (options.json) process.stdout.write(`${JSON.stringify(result.trials[0] ?? null)}\n`)
    return result.run.exit.code
  } finally {
    signals.dispose()
    await progress.close()
  }
}

/** What is wrong with the scenario, as the command's own: there is no file to point at. */
function commandError(problems: readonly CollectProblem[]): ServebenchError {
  const lines = problems.flatMap(({ message }) => message.split('\n').slice(1))
  const count = lines.length === 1 ? 'a problem' : `${lines.length} problems`
  return new ServebenchError('SERVEBENCH_VALIDATION', `The command has ${count}:\n${lines.join('\n')}`)
}

function addScenario(url: string, { target, input, load, settings }: QuickScenario): void {
  const options = {
    target: build(target),
    ...(input === null ? {} : { input: build(input) }),
    load: build(load),
    ...settings,
  }
  scenario(`${NAME} ${redactText(url)}`, options as never)
}

function build(written: Written): unknown {
  if ('data' in written) return written.data
  return (FACTORIES[written.call] as (argument: unknown) => unknown)(written.argument)
}
