import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ConfigArgument } from '../config/resolve-config.ts'
import { parseSet, type CaseFilter } from '../plan/filter.ts'
import type { ProjectRequest } from './project.ts'

/** What commander makes of the options that all commands about bench files share. */
export interface RunOptionValues {
  readonly name?: string
  readonly tag?: readonly string[]
  readonly set?: readonly string[]
  readonly seed?: string
  readonly duration?: string
  readonly warmup?: string
  readonly timeout?: string
  readonly repeats?: string
  readonly workers?: string
  readonly records?: string
  readonly reporter?: readonly string[]
  readonly output?: string
  readonly bail?: boolean
  readonly strict?: boolean
  readonly root?: string
  /** `false` after `--no-config`. */
  readonly config?: string | false
  readonly watch?: boolean
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** Of `run`: comparing it with an earlier one. */
export function addBaselineOptions(command: Command): Command {
  return addComparisonOptions(
    command
      .option('--baseline <path>', 'compare with this result: a file, a run’s folder or a results folder')
      .option('--update-baseline', 'make this run the baseline (a .json file)')
      .option('--force', 'compare although engine, plan or machine differ'),
  )
}

export function addComparisonOptions(command: Command): Command {
  return command
    .option('--level <share>', 'probability of any false alarm of a comparison (default 0.05)')
    .option(
      '--threshold <metric=share>',
      'smallest change that matters, such as responseTime.p99=20%; repeatable',
      collectValues,
    )
}

export function addRunOptions(command: Command): Command {
  return command
    .option('-t, --name <pattern>', 'only cases whose full name contains this (a regular expression)')
    .option('--tag <tag>', 'only scenarios with this tag, or without it: !tag; repeatable', collectValues)
    .option('--set <axis=value>', 'only these values of a matrix axis; repeatable', collectValues)
    .option('--seed <seed>', 'makes schedules and inputs repeatable')
    .option('--duration <time>', 'length of each measurement')
    .option('--warmup <time|n|auto>', 'before it: a time, a number of requests, or until it is steady')
    .option('--timeout <time>', 'of a request')
    .option('--repeats <n>', 'trials of each case')
    .option('--workers <n>', 'load threads')
    .option('--records <all|sample|none>', 'which requests are written to disk one by one')
    .option(
      '--reporter <name>',
      'console, json, csv, markdown, junit, github or a plugin; repeatable',
      collectValues,
    )
    .option('--output <folder>', 'where results go (default servebench-results)')
    .option('--bail', 'stop after the first case that fails')
    .option('--strict', 'suspect measurements and undecided SLOs fail too')
    .option('--root <folder>', 'the project’s folder')
    .option('--config <file>', 'configuration file')
    .option('--no-config', 'no configuration file')
}

/** What the command line says of the project and of what is wanted from it. */
export function askedProject(
  files: readonly string[],
  options: RunOptionValues,
): Omit<ProjectRequest, 'log'> {
  return {
    directory: process.cwd(),
    root: options.root,
    config: options.config,
    arguments: configArguments(options),
    files,
    filter: caseFilter(options),
  }
}

/** For options that may be given several times. */
export function collectValues(value: string, earlier: readonly string[] = []): string[] {
  return [...earlier, value]
}

/** Options that are values of the configuration, by name. */
const CONFIG_OPTIONS = [
  'seed',
  'duration',
  'warmup',
  'timeout',
  'repeats',
  'workers',
  'records',
  'output',
  'bail',
  'strict',
] as const

export function configArguments(options: RunOptionValues): ConfigArgument[] {
  const list: ConfigArgument[] = CONFIG_OPTIONS.flatMap((name) => {
    const value = options[name]
    return value === undefined ? [] : [configArgument(name, value)]
  })
  if (options.reporter !== undefined) {
    list.push({ origin: '--reporter', path: 'reporters', value: options.reporter })
  }
  return list
}

/** Paths of the command line start in the working directory, those of a configuration in its own folder. */
export function configArgument(name: string, value: unknown): ConfigArgument {
  return { origin: `--${name}`, path: name, value: name === 'output' ? resolve(String(value)) : value }
}

/** @throws {ServebenchError} `SERVEBENCH_SET` */
export function caseFilter(options: RunOptionValues): CaseFilter {
  return {
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.tag === undefined ? {} : { tags: options.tag }),
    ...(options.set === undefined ? {} : { set: parseSet(options.set) }),
  }
}
