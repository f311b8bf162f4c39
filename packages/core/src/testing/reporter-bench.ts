import type { ReportContext } from '../hooks/contexts.ts'
import type { BenchPlugin } from '../hooks/plugin.ts'
import type { RunResult } from '../report/result.ts'
import { applyPlugins, SILENT } from './apply-plugins.ts'
import { Breach, within } from './breach.ts'
import type { Report, ReporterCheckOptions } from './check-reporter.ts'
import { sampleResult } from './sample-result.ts'

/** A reporter under test. */
export class ReporterBench {
  readonly plugin: BenchPlugin
  readonly options: ReporterCheckOptions
  /** The folder of the run, with nothing but its result. */
  readonly directory: string
  readonly #patience: number

  constructor(plugin: BenchPlugin, options: ReporterCheckOptions, directory: string, patience: number) {
    this.plugin = plugin
    this.options = options
    this.directory = directory
    this.#patience = patience
  }

  /** By what they are called in problems. */
  results(): readonly (readonly [name: string, result: RunResult])[] {
    const sample = sampleResult()
    const { run } = sample
    const [first] = sample.trials
    const interrupted = {
      ...run,
      exit: { code: 130, reasons: ['The run was interrupted.'] },
      finishedAt: null,
    }
    return [
      ['a run of all kinds', sample],
      [
        'a run that was interrupted at once',
        { ...sample, run: interrupted, trials: [], cases: [], analyses: [] },
      ],
      [
        'a run of one case',
        {
          ...sample,
          trials: first === undefined ? [] : [first],
          cases: sample.cases.filter(({ id }) => id === first?.caseId),
          analyses: [],
        },
      ],
      ...(this.options.results ?? []).map((result, index) => [`results[${index}]`, result] as const),
    ]
  }

  async report(result: RunResult, context: Partial<ReportContext> = {}): Promise<Report> {
    const hooks = await applyPlugins([this.plugin], this.directory, this.options.options)
    if (hooks.report.taps.length === 0)
      throw new Breach(
        "taps nothing on `report`: hooks.report.tapPromise('name', async (result, context) => …).",
        true,
      )
    const files: Record<string, string | Uint8Array> = {}
    const twice: string[] = []
    let printed = ''
    await within(
      hooks.report.promise(result, {
        directory: this.directory,
        write: async (file, body) => {
          if (Object.hasOwn(files, file)) twice.push(file)
          files[file] = body
          return `${this.directory}/${file}`
        },
        print: (text) => void (printed += text),
        colors: false,
        columns: 80,
        log: SILENT,
        ...context,
      }),
      'a report',
      this.#patience,
    )
    if (twice.length > 0) throw new Breach(`writes ${twice.join(', ')} twice.`)
    return { files, printed }
  }
}
