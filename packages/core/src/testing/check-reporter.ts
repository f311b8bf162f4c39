import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchPlugin } from '../hooks/plugin.ts'
import type { RunResult } from '../report/result.ts'
import { parseDuration, type Duration } from '../units/duration.ts'
import type { JsonObject } from '../units/json.ts'
import { checkRules, type ConformanceReport } from './conformance.ts'
import { ReporterBench } from './reporter-bench.ts'
import { REPORTER_RULES } from './reporter-rules.ts'

export interface ReporterCheckOptions {
  /** Those that the configuration gives the reporter: `reporters: [['acme', options]]`. */
  readonly options?: JsonObject
  /** Results that it has to report as well, such as those with analyses of the same plugin. */
  readonly results?: readonly RunResult[]
  /** Whether a report of the first result is right: `files` by name, and what was printed. */
  readonly accept?: (report: Report) => boolean
  /** How long a report may take; 30 s by default. */
  readonly patience?: Duration
}

/** What a reporter has made of a result. */
export interface Report {
  readonly files: Readonly<Record<string, string | Uint8Array>>
  readonly printed: string
}

/**
 * Checks a reporter as runs rely on it: it reports whatever comes out of a run, also one that has measured nothing, leaves
 * the result as it is, makes the same of it each time, writes through its context, makes up no numbers, and does not let
 * names and messages of others control a terminal or become markup.
 * @param plugin that taps `report`
 * @throws {ValidationError} with every rule that was broken, and how
 */
export async function checkReporter(
  plugin: BenchPlugin,
  options: ReporterCheckOptions = {},
): Promise<ConformanceReport> {
  const directory = mkdtempSync(join(tmpdir(), 'servebench-report-'))
  writeFileSync(join(directory, 'result.json'), '{}')
  const bench = new ReporterBench(plugin, options, directory, parseDuration(options.patience ?? '30s') / 1e6)
  try {
    return await checkRules({
      subject: `The reporter '${plugin.name}'`,
      rules: REPORTER_RULES,
      options,
      attempt: async (rule) => rule.run(bench),
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
}
