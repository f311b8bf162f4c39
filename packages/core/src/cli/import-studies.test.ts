import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { messageOf } from '../errors/plugin-error.ts'
import type { ImportOptions } from '../hooks/import-studies.ts'
import { API_VERSION } from '../hooks/plugin.ts'
import { PluginHost } from '../runner/plugin-host.ts'
import { importStudies, type ImportValues } from './import-studies.ts'
import { reviewForms } from './tune-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'import-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const SILENT = { info: () => {}, warn: () => {} }

/** The package that is asked for is there, and says this. */
async function read(
  values: ImportValues,
  plugin:
    | string
    | null = "hooks.importStudies.for('model-analyzer').tapPromise('x', async ({ text }, options) => ({ text: text + JSON.stringify(options), notes: [{ path: 'a.b', message: 'is left out.' }, { path: 'c', message: 'is said elsewhere.', isHarmless: true }] }))",
): Promise<{ name: string; text: string; said: readonly string[] }> {
  if (plugin !== null) {
    const home = join(folder, 'node_modules/@servebench/plugin-triton')
    mkdirSync(home, { recursive: true })
    writeFileSync(join(home, 'package.json'), '{ "type": "module", "exports": "./index.js" }')
    writeFileSync(
      join(home, 'index.js'),
      `export const plugin = { name: 'x', apiVersion: ${API_VERSION}, apply({ hooks }) { ${plugin} } }`,
    )
  }
  const said: string[] = []
  const log = {
    info: (message: string) => void said.push(message),
    warn: (message: string) => void said.push(`! ${message}`),
  }
  const plugins = new PluginHost(folder, SILENT, {})
  return { ...(await importStudies(values, { plugins }, folder, log)), said }
}

async function failure(values: ImportValues, plugin?: string): Promise<string> {
  return await read(values, plugin).then(() => '', messageOf)
}

it('asks the plugin, with what goes before the words of the file, and tells its notes', async () => {
  writeFileSync(join(folder, 'my config.yaml'), 'x: 1')
  const { name, text, said } = await read({
    modelAnalyzer: 'my config.yaml',
    url: 'http://h:1',
    model: 'm',
    shape: ['X:3'],
    latencyBudget: '10ms',
    minThroughput: '5',
    maxConcurrency: '8',
    protocol: 'http',
  })
  expect(name).toBe('my config')
  expect(said).toEqual(['! my config.yaml: a.b: is left out.', 'my config.yaml: c: is said elsewhere.'])
  expect(JSON.parse(text.slice('x: 1'.length)) as ImportOptions).toEqual({
    launch: 'attach',
    url: 'http://h:1',
    models: ['m'],
    shapes: { X: [3] },
    latencyBudget: '10ms',
    minThroughput: 5,
    maxConcurrency: 8,
    protocol: 'http',
  })
})

it.each<[what: string, content: string | Uint8Array | null, message: string]>([
  ['no file', null, "'config.yaml' does not exist."],
  ['an empty file', ' \n', "'config.yaml' is empty."],
  ['an archive', new Uint8Array([0x50, 0x4b, 3, 4, 0, 0, 0xff]), "'config.yaml' is no text."],
  ['a huge file', 'x'.repeat(1024 * 1024 + 1), "'config.yaml' is larger than 1 MiB"],
])('refuses %s', async (_what, content, message) => {
  if (content !== null) writeFileSync(join(folder, 'config.yaml'), content)
  expect(await failure({ modelAnalyzer: 'config.yaml' })).toContain(message)
})

it('refuses a folder', async () => {
  expect(await failure({ modelAnalyzer: '.' })).toContain("'.' is no file.")
})

it('tells all that is wrong with its options', async () => {
  const message = await failure({
    modelAnalyzer: 'x',
    launch: 'remot',
    url: 'gpu-host',
    latencyBudget: '10',
    minThroughput: 'many',
    maxConcurrency: '1.5',
    shape: ['X'],
  })
  for (const option of [
    '--launch',
    '--url',
    '--latency-budget',
    '--min-throughput',
    '--max-concurrency',
    '--shape',
  ])
    expect(message).toContain(option)
  expect(await failure({ modelAnalyzer: 'x', url: 'http://x', repository: 'y' })).toContain('--repository')
})

it('says what to install when the plugin is too old to read such files', async () => {
  writeFileSync(join(folder, 'config.yaml'), 'x: 1')
  expect(await failure({ modelAnalyzer: 'config.yaml' }, '')).toContain(
    'does not read files of model-analyzer',
  )
})

it('is one of the forms of the command', () => {
  expect(() => reviewForms(['a'], { modelAnalyzer: 'b' })).toThrow('--model-analyzer stands for a bench file')
  expect(() => reviewForms([], { modelAnalyzer: 'b', server: 'triton' })).toThrow(
    '--server and --model-analyzer each stand for a bench file',
  )
  expect(() => reviewForms([], { modelAnalyzer: 'b', model: 'm' })).not.toThrow()
})
