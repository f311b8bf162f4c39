import {
  isArtifactSpec,
  parseBytes,
  parseDuration,
  planContainer,
  suggest,
  ValidationError,
} from 'servebench/plugin'
import type {
  ArtifactSpec,
  ByteSize,
  ContainerOptions,
  Duration,
  JsonObject,
  Problem,
  ServerSpec,
} from 'servebench/plugin'
import type { HttpHeaders, TlsOptions } from 'servebench/session'
import { PACKAGE, SERVER_KIND } from './kinds.ts'

/** An ONNX model and how ONNX Runtime executes it; what is left out is as Vespa has it: a quarter of the cores, at least one. */
export interface VespaModel {
  /** The ONNX file, relative to the root; or an artifact that is one. */
  readonly file: ArtifactSpec | string
  /** Threads of one operator. */
  readonly intraOpThreads?: number
  /** Threads for operators side by side, in the execution mode `parallel`. */
  readonly interOpThreads?: number
  readonly executionMode?: 'sequential' | 'parallel'
}

/** How many requests are worked on at a time, and how many may wait; beyond them Vespa answers 503. */
export interface VespaThreads {
  /** Of model evaluation and other handlers. */
  readonly container?: number
  readonly containerQueue?: number
  /** Of queries. */
  readonly search?: number
  readonly searchQueue?: number
}

/** A container that servebench starts. */
export interface VespaLaunchOptions {
  /** By their names in URLs: letters in lower case, digits and underscores. */
  readonly models?: Readonly<Record<string, VespaModel | ArtifactSpec | string>>
  /**
   * The folder of an application package, of which a copy is deployed. Where its `services.xml` has
   * `<model-evaluation/>`, settings of `models` go there; without that file, one is written.
   */
  readonly application?: string
  /**
   * An image of all of Vespa, for example `{ image: 'vespaengine/vespa:8' }`, that the application is deployed to. What Java
   * is started with is a matter of `services.xml` then.
   */
  readonly container?: ContainerOptions
  /** The folder of Vespa's jars, relative to the root. Default: `SERVEBENCH_VESPA`. */
  readonly jars?: string
  /** Jars and folders of classes with components of your own. */
  readonly classpath?: readonly string[]
  /** The `java` program of a JDK, 17 or later. Default: that of `JAVA_HOME`, then of the `PATH`. */
  readonly java?: string
  /** Of the heap, from the start. Default `'512MiB'`. */
  readonly heap?: ByteSize
  /** Further options of Java: `['-XX:+UseParallelGC']`. */
  readonly jvmArgs?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** For a `services.xml` that is written. */
  readonly threads?: VespaThreads
  /** How long a start may take. Default `'120s'`. */
  readonly startTimeout?: Duration
}

/** A container that runs already. */
export interface VespaAttachOptions {
  /** `http://127.0.0.1:8080` */
  readonly url: string
  /** Headers of control calls: `{ authorization: ['Bearer ', env('TOKEN')] }`. */
  readonly headers?: HttpHeaders
  readonly tls?: TlsOptions
}

/** Plain data. */
export interface PlannedModel {
  readonly name: string
  readonly source: { readonly artifact: ArtifactSpec } | { readonly path: string }
  /** `null`: as Vespa has it. */
  readonly intraOpThreads: number | null
  readonly interOpThreads: number | null
  readonly executionMode: string | null
}
export interface PlannedThreads {
  readonly container: number | null
  readonly containerQueue: number | null
  readonly search: number | null
  readonly searchQueue: number | null
}
export type PlannedLaunch =
  | {
      readonly mode: 'launch'
      readonly models: readonly PlannedModel[]
      readonly application: string | null
      readonly jars: string | null
      readonly classpath: readonly string[]
      readonly java: string | null
      /** Bytes. */
      readonly heap: number
      readonly jvmArgs: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly threads: PlannedThreads
      /** Nanoseconds. */
      readonly startTimeout: number
    }
  | {
      readonly mode: 'attach'
      readonly http: string
      readonly headers: HttpHeaders
      readonly tls: TlsOptions | null
    }

export interface VespaServerSpec extends ServerSpec {
  readonly kind: typeof SERVER_KIND
  readonly package: typeof PACKAGE
  readonly launch: PlannedLaunch & JsonObject
}

const LAUNCH_OPTIONS: readonly string[] = [
  'models',
  'application',
  'container',
  'jars',
  'classpath',
  'java',
  'heap',
  'jvmArgs',
  'env',
  'threads',
  'startTimeout',
]
const ATTACH_OPTIONS: readonly string[] = ['url', 'headers', 'tls']
export const MODEL_SETTINGS = ['intraOpThreads', 'interOpThreads', 'executionMode'] as const
export type VespaModelSetting = (typeof MODEL_SETTINGS)[number]
const MODEL_OPTIONS: readonly string[] = ['file', ...MODEL_SETTINGS]
const THREAD_OPTIONS: readonly string[] = ['container', 'containerQueue', 'search', 'searchQueue']
const MODES: readonly string[] = ['sequential', 'parallel']
/** What an image decides on. */
const OF_THE_IMAGE = ['jars', 'classpath', 'java', 'heap', 'jvmArgs'] as const
const SMALLEST_HEAP = 64 * 1024 * 1024

/**
 * A Vespa container: one of its own, or one that runs already. Settings of a container cannot be changed while it runs:
 * cases with others get a container of their own.
 *
 * @example vespaServer({ models: { ranker: { file: 'models/ranker.onnx', intraOpThreads: 1 } } })
 * @example vespaServer({ url: 'http://search-host:8080' })
 * @throws {ValidationError} with all problems of the options at once
 */
export function vespaServer(options: VespaLaunchOptions | VespaAttachOptions = {}): VespaServerSpec {
  const problems: Problem[] = []
  const isAttached = 'url' in options
  refuseUnknown(options, isAttached ? ATTACH_OPTIONS : LAUNCH_OPTIONS, '', problems)
  const launch = isAttached ? planAttachment(options, problems) : planLaunch(options, problems)
  const container = isAttached ? undefined : planContainer(options.container, 'container', problems)
  if (problems.length > 0) throw new ValidationError('vespaServer()', problems)
  return {
    kind: SERVER_KIND,
    package: PACKAGE,
    launch: launch as unknown as PlannedLaunch & JsonObject,
    state: {},
    ...(container === undefined ? {} : { container }),
  }
}

function planLaunch(options: VespaLaunchOptions, problems: Problem[]): PlannedLaunch {
  const { models = {}, application, jars, classpath = [], java, jvmArgs = [], env = {} } = options
  const { heap = '512MiB', threads = {}, startTimeout = '120s' } = options
  refuseUnknown(threads, THREAD_OPTIONS, 'threads', problems)
  for (const name of OF_THE_IMAGE)
    if (options.container !== undefined && options[name] !== undefined)
      problems.push({ path: name, message: 'is for the image of the container to decide.' })
  const count = (name: keyof VespaThreads): number | null =>
    planCount(threads[name], `threads.${name}`, problems)
  const bytes = parse('heap', heap, parseBytes, problems)
  if (bytes !== null) checkHeap(bytes, problems)
  return {
    mode: 'launch',
    models: Object.entries(models).map(([name, model]) => planModel(name, model, problems)),
    application: application ?? null,
    jars: jars ?? null,
    classpath,
    java: java ?? null,
    heap: bytes ?? 0,
    jvmArgs,
    env,
    threads: {
      container: count('container'),
      containerQueue: count('containerQueue'),
      search: count('search'),
      searchQueue: count('searchQueue'),
    },
    startTimeout: parse('startTimeout', startTimeout, parseDuration, problems) ?? 0,
  }
}

function planModel(
  name: string,
  given: VespaModel | ArtifactSpec | string,
  problems: Problem[],
): PlannedModel {
  const path = `models.${name}`
  // The container lowers the case of the path before it looks a model up.
  if (!/^[a-z_][a-z0-9_]*$/.test(name))
    problems.push({ path, message: 'must be named by letters in lower case, digits and underscores.' })
  const model: VespaModel = typeof given === 'object' && 'file' in given ? given : { file: given }
  refuseUnknown(model, MODEL_OPTIONS, path, problems)
  const { file } = model
  if (!isArtifactSpec(file) && (typeof file !== 'string' || file === ''))
    problems.push({ path: `${path}.file`, message: 'must be the path of an ONNX file, or an artifact.' })
  const settings = MODEL_SETTINGS.map((setting) =>
    planModelSetting(setting, model[setting] ?? null, `${path}.${setting}`, problems),
  )
  return {
    name,
    source: isArtifactSpec(file) ? { artifact: file } : { path: file },
    ...(Object.assign({}, ...settings) as Pick<PlannedModel, VespaModelSetting>),
  }
}

/** @param value `null`: as Vespa has it */
export function planModelSetting(
  setting: VespaModelSetting,
  value: unknown,
  path: string,
  problems: Problem[],
): Partial<Pick<PlannedModel, VespaModelSetting>> {
  if (value === null) return { [setting]: null }
  if (setting !== 'executionMode') return { [setting]: planCount(value as number, path, problems) }
  if (!MODES.includes(value as string)) {
    const message = `must be 'sequential' or 'parallel', not ${JSON.stringify(value)}.`
    problems.push({ path, message, suggestion: suggest(typeof value === 'string' ? value : '', MODES) })
  }
  return { executionMode: value as string }
}

/** @param value `null`: as Vespa has it */
export function planThread(name: string, value: unknown, problems: Problem[]): number | null {
  const path = `threads.${name}`
  refuseUnknown({ [name]: value }, THREAD_OPTIONS, 'threads', problems)
  return value === null ? null : planCount(value as number, path, problems)
}

/** @param bytes of the heap */
export function checkHeap(bytes: number, problems: Problem[]): void {
  if (bytes < SMALLEST_HEAP)
    problems.push({ path: 'heap', message: `must be at least 64MiB, not ${bytes} bytes.` })
}

function planAttachment({ url, headers = {}, tls }: VespaAttachOptions, problems: Problem[]): PlannedLaunch {
  const isUrl = typeof url === 'string' && /^https?:\/\//.test(url) && URL.canParse(url)
  if (!isUrl || new URL(url).pathname !== '/')
    problems.push({ path: 'url', message: `must be a URL such as http://127.0.0.1:8080, not '${url}'.` })
  return { mode: 'attach', http: isUrl ? new URL(url).origin : '', headers, tls: tls ?? null }
}

function planCount(count: number | undefined, path: string, problems: Problem[]): number | null {
  if (count === undefined) return null
  if (!Number.isSafeInteger(count) || count < 1)
    problems.push({ path, message: `must be a whole number from 1 on, not ${JSON.stringify(count)}.` })
  return count
}

function parse<T extends string, V>(
  path: string,
  text: T,
  read: (text: T) => V,
  problems: Problem[],
): V | null {
  try {
    return read(text)
  } catch (error) {
    problems.push({ path, message: (error as Error).message })
    return null
  }
}

function refuseUnknown(options: object, known: readonly string[], path: string, problems: Problem[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue
    const where = path === '' ? name : `${path}.${name}`
    problems.push({ path: where, message: 'is no option.', suggestion: suggest(name, known) })
  }
}
