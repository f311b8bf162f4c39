import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ResolvedConfig } from '../config/resolved-config.ts'
import { PluginError } from '../errors/plugin-error.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { createHooks, type RunnerHooks } from '../hooks/hooks.ts'
import { API_VERSION, type Bench, type BenchPlugin, type Log } from '../hooks/plugin.ts'
import type { JsonObject } from '../units/json.ts'
import { orderPlugins } from './plugin-order.ts'
import { refuseOtherVersion } from './plugin-copy.ts'

/** The core itself: its kinds are built in. */
const OWN_NAME = 'servebench'

type Builtin = () => Promise<{ readonly plugin: BenchPlugin }>

/** Loads plugins and applies each once, in the order that they ask for. */
export class PluginHost {
  readonly hooks: RunnerHooks = createHooks()
  readonly #root: string
  readonly #log: Log
  readonly #builtins: Readonly<Record<string, Builtin>>
  readonly #applied = new Map<string, BenchPlugin>()
  readonly #loading = new Map<string, Promise<void>>()
  readonly #tapped = new Set<Tappable>()
  /** Kinds of samplers by the plugin that provides them. */
  readonly #samplers = new Map<string, string>()
  /** Plugins by the names under which they were loaded. */
  readonly #names = new Map<string, string>()
  #config: ResolvedConfig | null = null

  /** @param builtins the core's own plugins by the name of their target kind, input or reporter; loaded when needed */
  constructor(root: string, log: Log, builtins: Readonly<Record<string, Builtin>>) {
    this.#root = root
    this.#log = log
    this.#builtins = builtins
  }

  set config(config: ResolvedConfig) {
    this.#config = config
  }

  /**
   * Applies the plugin that a package exports as `plugin`; again for a package that is applied already does nothing.
   * @param from the file or folder that names the package: it is resolved from there, then from the root
   * @throws {ServebenchError} `SERVEBENCH_PLUGIN_NOT_FOUND`, `SERVEBENCH_PLUGIN_EXPORT`, `SERVEBENCH_PLUGIN_API`
   */
  async load(packageName: string, options: JsonObject = {}, from: string = this.#root): Promise<void> {
    await this.#once(packageName, () => this.#load(packageName, options, from))
  }

  /** The plugin behind a spec (a target, a server, an input): a built-in one, or that of the package it names. */
  async loadProvider(kind: string, packageName: string, from?: string): Promise<void> {
    if (packageName !== OWN_NAME || !(await this.loadBuiltin(kind))) await this.load(packageName, {}, from)
  }

  /** A built-in plugin, by the name that `builtins` has for it. */
  async loadBuiltin(name: string, options: JsonObject = {}): Promise<boolean> {
    const builtin = this.#builtins[name]
    if (builtin === undefined) return false
    await this.#once(`builtin:${name}`, async () => this.apply((await builtin()).plugin, options))
    return true
  }

  /** @throws {PluginError} when its `apply` fails */
  async apply(plugin: BenchPlugin, options: JsonObject = {}): Promise<void> {
    checkPlugin(plugin, 'a plugin')
    if (this.#applied.has(plugin.name)) return
    this.#applied.set(plugin.name, plugin)
    try {
      await plugin.apply(this.#bench(plugin, options))
    } catch (error) {
      this.#applied.delete(plugin.name)
      throw new PluginError(plugin.name, 'apply', error)
    }
    this.#order()
  }

  /** All kinds of samplers that plugins which are applied by now provide. */
  get samplerKinds(): readonly string[] {
    return [...this.#samplers.keys()]
  }

  /** Those of the plugin of one package or file. */
  samplerKindsOf(packageName: string): readonly string[] {
    const owner = this.#names.get(packageName)
    return [...this.#samplers].flatMap(([kind, plugin]) => (plugin === owner ? [kind] : []))
  }

  /** What failed is tried again: in watch mode the package may have been installed meanwhile. */
  async #once(key: string, load: () => Promise<void>): Promise<void> {
    let loading = this.#loading.get(key)
    if (loading === undefined) {
      loading = load()
      this.#loading.set(key, loading)
      loading.catch(() => this.#loading.delete(key))
    }
    await loading
  }

  /** Taps stand in the order in which plugins were applied, unless these ask for another one. */
  #order(): void {
    const plugins = [...this.#applied.values()]
    if (plugins.every(({ before = [], after = [] }) => before.length + after.length === 0)) return
    const position = new Map(orderPlugins(plugins).map((name, index) => [name, index]))
    for (const hook of this.#tapped) {
      hook.taps.sort((a, b) => (position.get(a.name) ?? Infinity) - (position.get(b.name) ?? Infinity))
    }
  }

  async #load(packageName: string, options: JsonObject, from: string): Promise<void> {
    // A plugin has the name of its package: one that is worked on is applied from its sources, before it is built.
    if (packageName === OWN_NAME || this.#applied.has(packageName)) return
    const module = (await importPackage(packageName, [from, this.#root]).catch((error: unknown) => {
      throw error instanceof ServebenchError ? error : new PluginError(packageName, 'its import', error)
    })) as { plugin?: unknown; default?: unknown }
    const plugin = module.plugin ?? module.default
    checkPlugin(plugin, packageName)
    this.#names.set(packageName, plugin.name)
    await this.apply(plugin, options)
  }

  /** The hooks as one plugin sees them: whatever it calls its taps, they bear its name. */
  #view(plugin: string): Bench['hooks'] {
    const wrap = (hook: Tappable): Pick<Tappable, 'tap' | 'tapPromise'> => {
      this.#tapped.add(hook)
      return {
        tap: (_name, fn) => hook.tap(plugin, fn),
        tapPromise: (_name, fn) => hook.tapPromise(plugin, fn),
      }
    }
    const view = Object.entries(this.hooks).map(([name, hook]: [string, unknown]) => [
      name,
      isKeyed(hook)
        ? { for: (key: string) => this.#keyed(plugin, name, key, wrap(hook.for(key))) }
        : wrap(hook as Tappable),
    ])
    return knownHooks(plugin, Object.fromEntries(view) as RunnerHooks)
  }

  #keyed<View>(plugin: string, hook: string, key: string, view: View): View {
    if (hook === 'createSampler') this.#samplers.set(key, plugin)
    return view
  }

  #bench(plugin: BenchPlugin, options: JsonObject): Bench {
    const readConfig = (): ResolvedConfig => {
      if (this.#config !== null) return this.#config
      throw new ServebenchError('SERVEBENCH_CONFIG_EARLY', 'The configuration is not resolved yet.', {
        advice: 'Read `bench.config` inside a hook, not in `apply`.',
      })
    }
    return {
      hooks: this.#view(plugin.name),
      root: this.#root,
      log: this.#log,
      options,
      get config(): ResolvedConfig {
        return readConfig()
      },
    }
  }
}

function checkPlugin(plugin: unknown, name: string): asserts plugin is BenchPlugin {
  const candidate = plugin as Partial<BenchPlugin> | null | undefined
  if (
    typeof candidate !== 'object' ||
    candidate === null ||
    typeof candidate.apply !== 'function' ||
    typeof candidate.name !== 'string'
  ) {
    throw new ServebenchError('SERVEBENCH_PLUGIN_EXPORT', `'${name}' exports no plugin.`, {
      advice: 'A plugin package exports `plugin`: an object with `name`, `apiVersion` and `apply`.',
    })
  }
  if (candidate.apiVersion !== API_VERSION) {
    throw new ServebenchError(
      'SERVEBENCH_PLUGIN_API',
      `Plugin '${candidate.name}' speaks version ${String(candidate.apiVersion)} of the plugin interface; this servebench speaks ${API_VERSION}.`,
      { advice: `Install versions of servebench and '${candidate.name}' that fit each other.` },
    )
  }
}

/** What tapable's hooks have in common. */
interface Tappable {
  readonly taps: { readonly name: string }[]
  tap(name: string, fn: (...args: never[]) => unknown): void
  tapPromise(name: string, fn: (...args: never[]) => unknown): void
}

function isKeyed(hook: unknown): hook is { for(key: string): Tappable } {
  return typeof (hook as { for?: unknown }).for === 'function'
}

/** An unknown hook answers with the names of the real ones. */
function knownHooks(plugin: string, hooks: RunnerHooks): Bench['hooks'] {
  return new Proxy(hooks, {
    get(target, name) {
      if (typeof name === 'string' && !(name in target) && name !== 'then') {
        throw new ServebenchError(
          'SERVEBENCH_UNKNOWN_HOOK',
          `Plugin '${plugin}' taps a hook '${name}', which does not exist.`,
          {
            advice: `The hooks are ${Object.keys(target).join(', ')}.`,
          },
        )
      }
      return target[name as keyof RunnerHooks]
    },
  })
}

/** Relative and absolute names are files of the user, which may be TypeScript; anything else is a package. */
async function importPackage(name: string, bases: readonly string[]): Promise<unknown> {
  const folders = [...new Set(bases)]
  if (name.startsWith('.') || isAbsolute(name)) {
    const { importUserModule } = await import('../collector/import-module.ts')
    const file = folders.map((base) => resolve(base, name)).find((path) => existsSync(path))
    if (file === undefined) throw notFound(name, 'Check the path; it is relative to the root.')
    return await importUserModule(file)
  }
  const path = await resolvePackage(name, folders)
  if (path === null) throw notFound(name, `Install it: npm install --save-dev ${name}`)
  refuseOtherVersion(name, path)
  return await import(pathToFileURL(path).href)
}

function notFound(name: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_PLUGIN_NOT_FOUND', `The plugin '${name}' cannot be found.`, {
    advice,
  })
}

/** The package's entry as `import` finds it from one of the folders, with the conditions of this process. */
async function resolvePackage(name: string, folders: readonly string[]): Promise<string | null> {
  const { ResolverFactory } = await import('oxc-resolver')
  const own = process.execArgv.flatMap((argument) => /^--conditions=(.+)$/.exec(argument)?.[1] ?? [])
  const resolver = new ResolverFactory({ conditionNames: [...own, 'node', 'import', 'default'] })
  for (const folder of [...folders, import.meta.dirname]) {
    const { path } = resolver.sync(folder, name)
    if (path !== undefined) return path
  }
  return null
}
