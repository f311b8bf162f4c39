import { readFileSync } from 'node:fs'
import { env } from '../dsl/secret.ts'
import type { Written } from '../dsl/bench-source.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { readHttpInput, readTensorInput } from './quick-input.ts'

/** What commander makes of the options of `servebench quick`. */
export interface QuickOptions {
  readonly protocol: 'http' | 'oip-http' | 'oip-json' | 'oip-grpc'
  readonly model?: string
  readonly modelVersion?: string
  readonly shape?: readonly string[]
  readonly input?: string
  readonly batch?: string
  readonly method?: string
  readonly header?: readonly string[]
  readonly body?: string
  readonly concurrency?: string
  readonly rate?: string
  readonly arrivals?: 'constant' | 'poisson'
  readonly requests?: string
  readonly duration?: string
  readonly warmup?: string
  readonly timeout?: string
  readonly connections?: string
  readonly workers?: string
  readonly slo?: readonly string[]
  readonly insecure?: boolean
  readonly seed?: string
  readonly output?: string
  readonly json?: boolean
  readonly printBench?: boolean
}

/** The scenario that the options describe, in a form that can be both run and printed. */
export interface QuickScenario {
  readonly target: Written
  readonly input: Written | null
  readonly load: Written
  readonly settings: { readonly [name: string]: unknown }
}

const OIP_PACKAGE = '@servebench/plugin-oip'
const OIP_PROTOCOLS = { 'oip-http': 'http', 'oip-json': 'http-json', 'oip-grpc': 'grpc' } as const
const USERS = 10

/** An address without a scheme means what it means to browsers, curl and gRPC clients: no TLS. */
export function withScheme(address: string): string {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(address) ? address : `http://${address}`
}

/** @throws {ValidationError} with all problems of the options at once */
export function quickScenario(url: string, options: QuickOptions): QuickScenario {
  const problems: Problem[] = []
  const scenario: QuickScenario = {
    target: targetOf(url, options, problems),
    input: inputOf(options, problems),
    load: loadOf(options, problems),
    settings: settingsOf(options, problems),
  }
  if (problems.length > 0) throw new ValidationError('The command', problems)
  return scenario
}

function targetOf(url: string, options: QuickOptions, problems: Problem[]): Written {
  const headers = headersOf(options, problems)
  const tls = options.insecure ? { tls: { insecure: true } } : {}
  if (options.protocol === 'http') {
    for (const name of ['model', 'modelVersion'] as const) {
      if (options[name] !== undefined) {
        problems.push({
          path: `--${name === 'model' ? 'model' : 'model-version'}`,
          message: 'is for the Open Inference Protocol: add --protocol oip-http or oip-grpc.',
        })
      }
    }
    const body = options.body === undefined ? null : bodyOf(options.body)
    const type = body !== null && isJson(body) ? { 'content-type': 'application/json' } : null
    return {
      call: 'http',
      from: 'servebench',
      argument: {
        url,
        ...(options.method === undefined ? {} : { method: options.method }),
        ...(headers === null && type === null ? {} : { headers: { ...type, ...headers } }),
        ...(body === null ? {} : { body }),
        ...tls,
      },
    }
  }
  if (options.model === undefined) {
    problems.push({ path: '--model', message: `--protocol ${options.protocol} needs the name of a model.` })
  }
  for (const name of ['method', 'body'] as const) {
    if (options[name] !== undefined) problems.push({ path: `--${name}`, message: 'is for --protocol http.' })
  }
  return {
    call: 'oip',
    from: OIP_PACKAGE,
    argument: {
      url,
      model: options.model,
      ...(options.modelVersion === undefined ? {} : { version: options.modelVersion }),
      protocol: OIP_PROTOCOLS[options.protocol],
      ...(headers === null ? {} : { headers }),
      ...tls,
    },
  }
}

/** `--header authorization:$TOKEN` refers to a variable: the value stays out of results. */
function headersOf({ header: list }: QuickOptions, problems: Problem[]): Record<string, unknown> | null {
  if (list === undefined) return null
  const headers: Record<string, unknown> = {}
  for (const header of list) {
    const split = header.indexOf(':')
    if (split <= 0) {
      problems.push({ path: `--header '${header}'`, message: 'expected name:value.' })
      continue
    }
    const value = header.slice(split + 1).trim()
    const variable = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(value)?.[1]
    headers[header.slice(0, split).trim().toLowerCase()] = variable === undefined ? value : env(variable)
  }
  return headers
}

function bodyOf(body: string): string {
  if (!body.startsWith('@')) return body
  return readText(body.slice(1), '--body')
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function inputOf(options: QuickOptions, problems: Problem[]): Written | null {
  const batch = options.batch === undefined ? undefined : count('--batch', options.batch, problems)
  const shapes = shapesOf(options.shape, problems)
  if (options.input !== undefined) {
    return dataOf(options.input, options.protocol, problems)
  }
  if (options.protocol === 'http') {
    if (options.shape !== undefined)
      problems.push({ path: '--shape', message: 'is for the Open Inference Protocol.' })
    return null
  }
  if (shapes === null && batch === undefined) return null
  return {
    call: 'tensors',
    from: 'servebench/inputs',
    argument: { ...(batch === undefined ? {} : { batch }), ...(shapes === null ? {} : { shapes }) },
  }
}

/** A request as JSON; for `http` also any other text, which is then the body. */
function dataOf(path: string, protocol: QuickOptions['protocol'], problems: Problem[]): Written | null {
  const text = readText(path, '--input')
  try {
    return { data: protocol === 'http' ? readHttpInput(text) : readTensorInput(text) }
  } catch {
    if (protocol === 'http') return { data: { text } }
    problems.push({ path: '--input', message: `'${path}' is not JSON.` })
    return null
  }
}

export function shapesOf(
  list: readonly string[] | undefined,
  problems: Problem[],
): Record<string, number[]> | null {
  if (list === undefined) return null
  const shapes: Record<string, number[]> = {}
  for (const text of list) {
    const match = /^([^:]+):(\d+(?:[,x]\d+)*)$/.exec(text)
    if (match === null) {
      problems.push({
        path: `--shape '${text}'`,
        message: 'expected name:dimensions, such as INPUT:1,3,224,224.',
      })
      continue
    }
    shapes[match[1] as string] = (match[2] as string).split(/[,x]/).map(Number)
  }
  return shapes
}

function loadOf(options: QuickOptions, problems: Problem[]): Written {
  const { rate, concurrency, requests } = options
  if (rate !== undefined) {
    if (concurrency !== undefined) {
      problems.push({
        path: '--concurrency',
        message: 'belongs to the closed loop, --rate to the open one: give one of them.',
      })
    }
    if (requests !== undefined) problems.push({ path: '--requests', message: 'belongs to the closed loop.' })
    const value = Number(rate)
    if (!Number.isFinite(value) || value <= 0)
      problems.push({ path: '--rate', message: `'${rate}' is not a rate above 0.` })
    return {
      call: options.arrivals === 'poisson' ? 'poisson' : 'constantRate',
      from: 'servebench',
      argument: { rate: value },
    }
  }
  if (options.arrivals !== undefined)
    problems.push({ path: '--arrivals', message: 'belongs to the open loop: give a --rate.' })
  return {
    call: 'closed',
    from: 'servebench',
    argument: {
      concurrency: concurrency === undefined ? USERS : count('--concurrency', concurrency, problems),
      ...(requests === undefined ? {} : { requests: count('--requests', requests, problems) }),
    },
  }
}

function settingsOf(options: QuickOptions, problems: Problem[]): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  if (options.duration !== undefined) settings['duration'] = options.duration
  if (options.timeout !== undefined) settings['timeout'] = options.timeout
  if (options.warmup !== undefined)
    settings['warmup'] = /^\d+$/.test(options.warmup) ? Number(options.warmup) : options.warmup
  if (options.connections !== undefined)
    settings['connections'] = count('--connections', options.connections, problems)
  if (options.workers !== undefined)
    settings['workers'] = options.workers === 'auto' ? 'auto' : count('--workers', options.workers, problems)
  const slo = sloOf(options.slo, problems)
  if (slo !== null) settings['slo'] = slo
  return settings
}

function sloOf(terms: readonly string[] | undefined, problems: Problem[]): Record<string, unknown> | null {
  if (terms === undefined) return null
  const slo: Record<string, unknown> = {}
  for (const term of terms) {
    const [name, value] = term.split('=')
    if (name === undefined || value === undefined || name === '' || value === '') {
      problems.push({
        path: `--slo '${term}'`,
        message: 'expected term=limit, such as p99=50ms or errorRate=0.01.',
      })
      continue
    }
    slo[name] = /^[\d.]+$/.test(value) ? Number(value) : value
  }
  return slo
}

function count(path: string, text: string, problems: Problem[]): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1)
    problems.push({ path, message: `'${text}' is not a whole number above 0.` })
  return value
}

function readText(path: string, option: string): string {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new ServebenchError('SERVEBENCH_INPUT_FILE', `${option}: '${path}' cannot be read.`, {
      advice: 'Check the path; it is relative to this folder.',
      cause,
    })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new ServebenchError('SERVEBENCH_INPUT_FILE', `${option}: '${path}' is not UTF-8 text.`, {
      advice: 'Send other bytes from a bench file: input: generate(() => ({ bytes: readFileSync(path) })).',
      cause,
    })
  }
}
