import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { closed, describe, hostSampler, scenario } from 'servebench'
import type { CaseSettings } from 'servebench'
import { torchServe } from '../server.ts'
import type { TorchServeLaunchOptions } from '../server/options.ts'
import type { TorchServeSpec } from '../server/plan.ts'
import { torchserve } from '../target.ts'
import { readSuite } from './read-suite.ts'
import type { Processor, SuiteModel } from './read-suite.ts'
import { INPUT_TAG, SUITE_TAG } from './suite-tag.ts'

/** How a suite is run here. */
export interface SuiteOptions {
  /** The server that is started for it: `{ binary, properties, env }`. */
  readonly server?: Omit<TorchServeLaunchOptions, 'models' | 'state' | 'metrics' | 'tokens'>
  /** Of those that the file names; default `['cpu']`. */
  readonly processors?: readonly ('cpu' | 'gpu')[]
  /** Of the inputs; by default the file's own, or what the ending of the input says. */
  readonly contentType?: string
  /** Settings of all scenarios. A case is run once by default, as the suite does it. */
  readonly settings?: Omit<CaseSettings, 'warmup' | 'duration'>
  readonly repeats?: number
}

const MODEL = 'benchmark'
const TYPES: Readonly<Record<string, string>> = {
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.png': 'image/png',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
}
/** The suite sends a tenth of its requests before those that count. */
const WARMUP_SHARE = 10

/**
 * Declares the scenarios of a model's YAML file of TorchServe's benchmark suite: for each of its modes all combinations
 * of workers, batch sizes and numbers of users, with as many requests as it says. What the suite's `ab_report.csv` and
 * report hold is written beside the result.
 *
 * @param file the YAML file; paths in it start at the working directory
 * @example torchserveSuite(new URL('vgg11.yaml', import.meta.url))
 * @throws {ValidationError} with everything that is wrong with the file
 */
export function torchserveSuite(file: string | URL, options: SuiteOptions = {}): void {
  const path = file instanceof URL ? fileURLToPath(file) : file
  for (const model of readSuite(readFileSync(path, 'utf8'), path)) {
    describe(model.name, { tags: [SUITE_TAG, INPUT_TAG + model.input], ...options.settings }, () =>
      declare(model, options),
    )
  }
}

function declare(model: SuiteModel, options: SuiteOptions): void {
  const { processors = ['cpu'], repeats = 1 } = options
  const wanted = model.processors.filter(({ kind }) => kind !== 'other' && processors.includes(kind))
  const type =
    options.contentType ?? model.contentType ?? TYPES[extname(model.input)] ?? 'application/octet-stream'
  for (const processor of wanted) {
    scenario(processor.kind, {
      matrix: { workers: model.workers, batch: model.batchSizes, users: model.concurrency },
      skip: model.url.endsWith('.war')
        ? 'It is a workflow: those are measured by torchserve({ api: "workflow" }).'
        : false,
      server: ({ workers, batch }) => serverOf(model, processor, { workers, batch }, options),
      target: torchserve({ model: MODEL }),
      input: () => ({ bytes: readFileSync(model.input), type }),
      load: ({ users }) => closed({ concurrency: users, requests: model.requests }),
      warmup: { requests: Math.max(1, Math.ceil(model.requests / WARMUP_SHARE)) },
      samplers: [hostSampler()],
      repeats,
    })
  }
}

function serverOf(
  { url, batchDelay }: SuiteModel,
  processor: Processor,
  { workers, batch }: { readonly workers: number; readonly batch: number },
  { server = {} }: SuiteOptions,
): TorchServeSpec {
  const gpus = processor.kind === 'gpu' ? processor.count : 0
  return torchServe({
    ...server,
    models: [{ archive: url, name: MODEL, workers, batchSize: batch, maxBatchDelay: `${batchDelay}ms` }],
    // Only its logs have the times of single requests.
    metrics: 'log',
    properties: { ...(gpus === null ? {} : { number_of_gpu: gpus }), ...server.properties },
  })
}
