import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { applyTunable, ValidationError } from 'servebench/plugin'
import type { JsonValue } from 'servebench/plugin'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importStudies } from '../src/model-analyzer/import-studies.ts'
import { tritonServer } from '../src/server.ts'
import { tuning } from '../src/tuning/tuning.ts'

const ROOT = join(import.meta.dirname, '../../..')
const FIXTURES = join(import.meta.dirname, 'fixtures/model-analyzer')
const SCRATCH = mkdtempSync(join(tmpdir(), 'imported-'))
const REPOSITORY = join(SCRATCH, 'models')
const CLI = join(ROOT, 'packages/core/bin/servebench.js')

const sections = readFileSync(join(FIXTURES, 'documented.yaml'), 'utf8')
  .split(/^--- # /m)
  .slice(1)
  .map((section) => {
    const [title = '', ...lines] = section.split('\n')
    return { title, yaml: lines.join('\n') }
  })

const BATCHED =
  'model_1 model_2 model_A model_B vgg_19_graphdef add_sub resnet50_libtorch resnet50_python tokenizer inference_model'
/** Those of the quick starts, in short: none of them has a batch dimension. */
const PLAIN = ['add', 'sub', 'bls']
const ENSEMBLES = { ensemble_add_sub: ['add', 'sub'], ensemble_model: ['tokenizer', 'inference_model'] }

function writeModel(name: string, config: string): void {
  mkdirSync(join(REPOSITORY, name), { recursive: true })
  writeFileSync(join(REPOSITORY, name, 'config.pbtxt'), config)
}

interface Forecast {
  readonly file: string
  readonly path: readonly string[]
  readonly configurations: number
  readonly strategy: string
  readonly plan: {
    readonly axes: readonly { name: string; values: unknown[]; contents?: Record<string, JsonValue> }[]
    readonly settings?: readonly string[]
    readonly loads: { values: number[]; vary: string; gain: number; refine: number }
    readonly objectives: readonly { metric: string }[]
    readonly search: Record<string, unknown>
    readonly budget: { configurations: number | null }
  }
}

let forecasts: readonly Forecast[] = []

function fileOf(title: string): string {
  return `${title.replaceAll(/\W+/g, '-')}.bench.ts`
}

function imported(yaml: string, title: string): string {
  return importStudies({ file: title, text: yaml, directory: SCRATCH }, { repository: REPOSITORY }).text
}

beforeAll(async () => {
  for (const name of BATCHED.split(' ')) writeModel(name, `name: "${name}"\nmax_batch_size: 8\n`)
  for (const name of PLAIN) writeModel(name, `backend: "python"\ninstance_group [{ kind: KIND_CPU }]\n`)
  for (const [name, steps] of Object.entries(ENSEMBLES)) {
    const list = steps.map((step) => `{ model_name: "${step}" model_version: 1 }`).join(', ')
    writeModel(name, `platform: "ensemble"\nensemble_scheduling {\n  step [ ${list} ]\n}\n`)
  }
  for (const { title, yaml } of sections) {
    try {
      writeFileSync(join(SCRATCH, fileOf(title)), imported(yaml, title))
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error
    }
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [CLI, 'tune', '--dry-run', '--json', '--no-config', '--root', SCRATCH],
    // Whose packages they are: the files are outside of the workspace.
    { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 },
  )
  ;({ studies: forecasts } = JSON.parse(stdout) as { studies: Forecast[] })
}, 60_000)
afterAll(() => rmSync(SCRATCH, { recursive: true, force: true }))

const SWEEP = 11

/**
 * Studies by what the documentation says of its files, or what follows from it: configurations are those of the file and the
 * default one, once for each batch of the client.
 */
const KNOWN: Readonly<
  Record<string, readonly [model: string, strategy: string, size: number, loads: number][] | string>
> = {
  // "model analyzer will test 5 configs (4 new configs as well as the unmodified default …), … concurrency=1 and concurrency=2"
  'docs/quick_start.md, the short command as a file': [['add_sub', 'grid', 4 + 1, 2]],
  'docs/ensemble_quick_start.md, the command as a file': [['ensemble_add_sub', 'quick', 5 * 5 + 1, SWEEP]],
  'docs/config.md, line 442': [
    ['model_1', 'grid', 5 * 8 + 1, SWEEP],
    ['model_2', 'grid', 5 * 8 + 1, SWEEP],
  ],
  'docs/config.md, line 456': [
    ['model_1', 'grid', 5 * 8 + 1, SWEEP],
    ['model_2', 'grid', 5 * 8 + 1, SWEEP],
  ],
  'docs/config.md, line 582': [['model_1', 'grid', 3, 8]],
  'docs/config.md, line 644': [['model_1', 'grid', 1 + 1, 1]],
  'docs/config.md, line 666': [['model_1', 'grid', 3 * 2 + 1, 1]],
  'docs/config.md, line 694': [
    ['model_1', 'grid', 5 * 8 + 1, SWEEP],
    ['model_2', 'grid', 5 * 8 + 1, SWEEP],
  ],
  'docs/config.md, line 723': [['model_1', 'grid', 1, SWEEP]],
  'docs/config.md, line 740': [['model_1', 'grid', 5 * 8 + 1, SWEEP]],
  'docs/config.md, line 755': [['model_1', 'grid', 1, SWEEP]],
  'docs/config.md, line 784': [['model_1', 'grid', 5 * 8 + 1, SWEEP]],
  'docs/config.md, line 794': [['model_1', 'grid', 5 * 8 + 1, SWEEP]],
  'docs/config.md, line 835': [['model_1', 'grid', 6, 3]],
  'docs/config.md, line 856': 'the file: is not YAML: duplicated mapping key (7:3).',
  'docs/config.md, line 873': [['model_1', 'grid', 6, 3]],
  'docs/config.md, line 913': [['model_1', 'grid', 5 * 8 + 1, SWEEP]],
  'docs/config.md, line 926': [['model_1', 'grid', 5 * 8 + 1, SWEEP]],
  'docs/config.md, line 984': [['model_1', 'grid', 3 * (2 + 1), 8]],
  'docs/config.md, line 1013': [['vgg_19_graphdef', 'grid', 3 * (1 + 1), 3]],
  'docs/config.md, line 1071': 'names no model: this is a file for `model-analyzer report`',
  'docs/config.md, line 1084': 'names no model: this is a file for `model-analyzer report`',
  'docs/config_search.md, line 95': [['model_A', 'grid', 5 * 8 + 1, SWEEP]],
  'docs/config_search.md, line 136': [['model_A', 'grid', 3 * 4 + 1, 6]],
  'docs/config_search.md, line 172': [['model_1', 'grid', 2 + 1, SWEEP]],
  // "will not sweep through any values, and will only try the concurrencies listed below"
  'docs/config_search.md, line 185': [['model_1', 'grid', 1, 4]],
  // "will sweep through eight configs"
  'docs/config_search.md, line 198': [['model_1', 'grid', 8 + 1, 1]],
  'docs/config_search.md, line 245': [['model_A', 'quick', 5 * 8 + 1, SWEEP]],
  // "The tokenizer … from 1 to 32, the inference model … from 1 to 8"
  'docs/config_search.md, line 285': [['ensemble_model', 'quick', 6 * 4 + 1, SWEEP]],
  'docs/config_search.md, line 344': [['model_A', 'quick', 4 * 5 + 1, 5]],
  'docs/config_search.md, line 381': [['model_A', 'bayesian', 5 * 8 + 1, SWEEP]],
  // "Number of configs in search space: 720"
  'docs/config_search.md, line 402': [['model_A', 'bayesian', 720 + 5, 4]],
  'docs/config_search.md, line 508': 'model_type: is LLM: servebench has no loads and metrics by tokens.',
  // Each of both has one user at least.
  'docs/config_search.md, line 546': [['model_A and model_B', 'quick', 40 * 40 + 1, SWEEP - 1]],
  'docs/config_search.md, line 566': [['model_A and model_B', 'quick', 40 * 40 + 1, SWEEP - 1]],
  'docs/cli.md, line 140': [
    ['add', 'grid', 3 * (2 + 1), 5],
    ['sub', 'grid', 3 * (2 + 1), 5],
  ],
  // Neither has a batch dimension.
  'docs/cli.md, line 173': [
    ['add', 'grid', 5 + 1, SWEEP],
    ['sub', 'grid', 5 + 1, SWEEP],
  ],
  'docs/cli.md, line 226': 'names no model: this is a file for `model-analyzer report`',
  'docs/kubernetes_deploy.md, line 76': [['resnet50_libtorch', 'grid', 1 + 1, 2]],
  'docs/bls_quick_start.md, line 64': [['bls', 'quick', 5 * 5 + 1, SWEEP]],
  'docs/mm_quick_start.md, line 128': [
    ['add_sub', 'grid', 5 * 8 + 1, SWEEP],
    ['resnet50_python', 'grid', 5 * 8 + 1, SWEEP],
  ],
  'qa/L0_ssl_grpc/working_config.yml': [['resnet50_libtorch', 'grid', 2, 2]],
  'qa/L0_ssl_https/working_config.yml': [['resnet50_libtorch', 'grid', 2, 2]],
  'qa/L0_ssl_grpc/broken_config.yml': [['resnet50_libtorch', 'grid', 2, 2]],
  'qa/L0_ensemble_model/config_composing_ranges.yml': [['ensemble_add_sub', 'quick', 3 * 2 + 1, SWEEP]],
}

describe('files that are documented', () => {
  it('are all there', () => {
    expect(sections.map(({ title }) => title)).toEqual(Object.keys(KNOWN))
  })

  it.each(sections)('$title', ({ title, yaml }) => {
    const known = KNOWN[title] ?? ''
    if (typeof known === 'string') {
      expect(() => imported(yaml, title)).toThrow(known)
      return
    }
    const of = forecasts.filter(({ file }) => file === fileOf(title))
    expect(
      of.map(({ path, strategy, configurations, plan }) => [
        path.join(),
        strategy,
        configurations,
        plan.loads.values.length,
      ]),
    ).toEqual(known)
  })

  it('have settings that a server takes, with every value', () => {
    let applied = 0
    for (const { plan } of forecasts) {
      for (const { name, values, contents } of plan.axes.filter((axis) =>
        plan.settings?.includes(axis.name),
      )) {
        expect(values[0]).toBe('unchanged')
        for (const value of values.slice(1) as string[]) {
          const server = tritonServer({ url: 'http://127.0.0.1:8000' })
          const changed = applyTunable(server, name, contents?.[value] ?? value, tuning)
          expect(changed.state, `${name} = ${value}`).not.toEqual(server.state)
          applied++
        }
      }
    }
    expect(applied).toBeGreaterThan(200)
  })

  it('search as Model Analyzer documents it', () => {
    const { plan } = forecasts.find(
      ({ file }) => file === fileOf('docs/config_search.md, line 402'),
    ) as Forecast
    // "Minimum number of trials: 72 (10% of search space); Maximum number of trials: 200 (set by max trials)"
    expect(plan.search).toMatchObject({ strategy: 'bayesian', fewest: 72, patience: 15 })
    expect(plan.budget.configurations).toBe(200)
    const automatic = forecasts.find(
      ({ file }) => file === fileOf('docs/config_search.md, line 95'),
    ) as Forecast
    expect(automatic.plan.axes.map(({ name, values }) => [name, values.slice(1)])).toEqual([
      ['state.models.model_A.instances', [1, 2, 3, 4, 5]],
      ['state.models.model_A.maxBatchSize', [1, 2, 4, 8, 16, 32, 64, 128]],
      ['state.models.model_A.dynamicBatching', [true]],
    ])
    expect(automatic.plan.loads).toMatchObject({ vary: 'concurrency', gain: 0.05, refine: 5 })
    const byHand = forecasts.find(
      ({ file }) => file === fileOf('docs/config_search.md, line 185'),
    ) as Forecast
    expect(byHand.plan.loads).toMatchObject({ values: [1, 2, 3, 128], gain: 0, refine: 0 })
  })
})
