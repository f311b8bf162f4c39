import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { applyPlugins, checkSampler, checkServer, connectSampler, launchServer } from 'servebench/testing'
import { plugin, vespaMetrics, vespaServer } from '../src/index.ts'
import type { VespaLaunchOptions } from '../src/index.ts'
import { vespaControl } from '../src/control.ts'
import { createSampler } from '../src/sampler.ts'
import { FakeVespa } from './support/fake-vespa.ts'

const JAVA = join(import.meta.dirname, 'support/java')
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vespa-'))
  mkdirSync(join(root, 'jars'))
  writeFileSync(join(root, 'jars/application-8.700.24.jar'), '')
  writeFileSync(join(root, 'ranker.onnx'), 'a model')
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

const launch = (options: VespaLaunchOptions = {}) =>
  launchServer(plugin, vespaServer({ java: JAVA, jars: 'jars', ...options }), { root })

interface Started {
  readonly args: readonly string[]
  readonly services: string
  readonly home: string
  readonly cwd: string
  readonly extra?: string
}

async function started(options: VespaLaunchOptions): Promise<Started> {
  await using launched = await launch(options)
  return (await (await fetch(`${launched.server.endpoints['http']}/started`)).json()) as Started
}

describe('a container that is launched', () => {
  it('keeps the contract of servers', async () => {
    await using launched = await launch({ models: { ranker: 'ranker.onnx' } })
    const { server } = launched
    const { held } = await checkServer(server, { stopServer: () => server.stop() })
    expect(held).toContain('a server that is up is live and ready')
    expect(held).toContain('a server that is gone is not live, and is not waited for')
    expect(server.version).toBe('8.700.24')
    expect(Object.keys(server.startup)).toEqual(['ready'])
  })

  it('has an application package of its own', async () => {
    const { services, args, home, cwd, extra } = await started({
      models: {
        ranker: { file: 'ranker.onnx', intraOpThreads: 2, interOpThreads: 1, executionMode: 'parallel' },
        plain: join(root, 'ranker.onnx'),
      },
      threads: { search: 3, searchQueue: 9, container: 2 },
      heap: '256MiB',
      jvmArgs: ['-XX:+UseSerialGC'],
      classpath: ['classes'],
      env: { EXTRA: 'yes' },
    })
    expect(services).toBe(`<services version="1.0">
<container id="default" version="1.0">
<model-evaluation><onnx><models>
<model name="ranker">
<intraop-threads>2</intraop-threads>
<interop-threads>1</interop-threads>
<execution-mode>parallel</execution-mode>
</model>
</models></onnx></model-evaluation>
<threadpool>
<max-threads>2</max-threads>
<min-threads>2</min-threads>
<queue-size>80</queue-size>
</threadpool>
<search>
<threadpool>
<max-threads>3</max-threads>
<min-threads>3</min-threads>
<queue-size>9</queue-size>
</threadpool>
</search>
<http><server id="main" port="0"/></http>
</container>
</services>
`)
    expect(args).toEqual(expect.arrayContaining(['-Xmx268435456', '-XX:+UseSerialGC', 'VespaContainer']))
    const classpath = (args[args.indexOf('-cp') + 1] as string).split(':')
    expect(classpath.slice(1)).toEqual([join(root, 'classes'), join(root, 'jars', '*')])
    expect([home, extra]).toEqual([cwd, 'yes'])
  })

  it("takes the user's services.xml, with a port of its own and the settings of models", async () => {
    mkdirSync(join(root, 'app'))
    const xml = `<services><!-- <model-evaluation/> <server port="1"/> --><container id="c" version="1.0">
<model-evaluation /><http><server id="a" port="8080" required="true"/></http></container></services>`
    writeFileSync(join(root, 'app/services.xml'), xml)
    const { services } = await started({
      application: 'app',
      models: { ranker: { file: 'ranker.onnx', intraOpThreads: 4 } },
    })
    expect(services).toBe(`<services><container id="c" version="1.0">
<model-evaluation><onnx><models>
<model name="ranker">
<intraop-threads>4</intraop-threads>
</model>
</models></onnx></model-evaluation><http><server id="a" port="0" required="true"/></http></container></services>`)
  })

  it.each([
    ['<services/>', {}, /no HTTP server with a port/],
    [
      '<http><server port="1"/></http>',
      { models: { ranker: { file: 'ranker.onnx', intraOpThreads: 1 } } },
      /no place for the settings/,
    ],
    [
      '<http><server port="1"/></http>',
      { threads: { search: 1 } },
      /`threads` are for a services.xml that is written/,
    ],
    ['<http><server port="1"/></http>', { models: { ranker: 'ranker.onnx' } }, /does not evaluate ranker/],
  ])('refuses a services.xml that does not fit: %s', async (xml, options, message) => {
    mkdirSync(join(root, 'app'))
    writeFileSync(join(root, 'app/services.xml'), xml)
    await expect(launch({ application: 'app', ...options })).rejects.toThrow(message)
  })

  it.each([
    [{ java: 'nowhere/java' }, /nowhere\/java is no program/],
    [{ jars: 'nowhere' }, /nowhere has no jar of Vespa/],
    [{ models: { ranker: 'rankr.onnx' } }, /Model 'ranker': there is no .*rankr\.onnx/],
    [{ application: 'nowhere' }, /application package .* cannot be read/],
    [{ jars: 'incompatible' }, /cannot be compiled .* package com\.yahoo\.application does not exist/],
    [{ env: { FAKE_JAVA_CRASH: 'Could not load model' } }, /ended with code 1/],
  ])('says what is missing: %j', async (options, message) => {
    mkdirSync(join(root, 'incompatible'))
    writeFileSync(join(root, 'incompatible/application-1.jar'), '')
    await expect(launch(options)).rejects.toThrow(message)
  })
})

describe('java', () => {
  const before = process.env['FAKE_JAVA']
  afterEach(() => {
    if (before === undefined) delete process.env['FAKE_JAVA']
    else process.env['FAKE_JAVA'] = before
  })

  it.each([
    ['11.0.2 jdk.compiler', /is Java 11, and Vespa needs 17/],
    ['21.0.1', /belongs to a JRE, which has no compiler/],
  ])('has to be a JDK: %s', async (version, message) => {
    process.env['FAKE_JAVA'] = version
    await expect(launch()).rejects.toThrow(message)
  })
})

describe('options', () => {
  const wrong = {
    modles: {},
    models: {
      Ranker: 'a.onnx',
      b: { file: '', intraOpThreads: 0, interOpThreads: 1.5, executionMode: 'paralel', threads: 2 },
    },
    heap: '1MiB',
    threads: { serach: 1, search: -1 },
    startTimeout: 'soon',
  }

  it('are checked all at once', () => {
    const error = (() => {
      try {
        vespaServer(wrong as never)
      } catch (reason) {
        return reason as Error
      }
      return expect.unreachable()
    })()
    for (const path of [
      'modles',
      'models.Ranker',
      'models.b.file',
      'models.b.intraOpThreads',
      'models.b.interOpThreads',
      'models.b.executionMode',
      'models.b.threads',
      'heap',
      'threads.serach',
      'threads.search',
      'startTimeout',
    ])
      expect(error.message).toContain(path)
  })

  it.each(['localhost:8080', 'http://h:1/search/', 'ftp://h'])('refuse the URL %s', (url) => {
    expect(() => vespaServer({ url })).toThrow(/must be a URL such as/)
  })
})

describe('a container that runs already', () => {
  it('keeps the contract of servers', async () => {
    await using fake = await FakeVespa.start()
    await using launched = await launchServer(plugin, vespaServer({ url: fake.url }))
    const { held } = await checkServer(launched.server, { stopServer: () => fake.stop() })
    expect(held).toContain('metadata is plain data, and names each version of a model once')
    expect(launched.server).toMatchObject({ endpoints: { http: fake.url }, process: null, local: true })
  })

  it('is described', async () => {
    await using fake = await FakeVespa.start()
    const control = vespaControl({ url: fake.url, launched: ['mlp'] })
    expect(await control.metadata()).toEqual({
      name: 'Vespa',
      version: '8.700.24',
      extensions: ['model-evaluation'],
      models: [{ name: 'mlp', version: null, state: 'READY' }],
    })
    expect((await control.tunables?.())?.map(({ path, change }) => `${path} ${change}`)).toEqual([
      'models.mlp.intraOpThreads restart',
      'models.mlp.interOpThreads restart',
      'models.mlp.executionMode restart',
      'threads.container restart',
      'threads.search restart',
    ])
    expect(control.statistics).toBeUndefined()
  })

  it('has to be up', async () => {
    await using fake = await FakeVespa.start()
    fake.status = 'initializing'
    await expect(launchServer(plugin, vespaServer({ url: fake.url }))).rejects.toThrow(
      /does not say that it is up/,
    )
    expect(await vespaControl({ url: fake.url }).health()).toEqual({ live: false, ready: false })
  })
})

describe('gauges', () => {
  it('are the latest values of the state API', async () => {
    await using fake = await FakeVespa.start()
    const hooks = await applyPlugins([plugin], root)
    const { kind, options } = vespaMetrics({ url: fake.url, period: '3s' })
    const sampler = { kind, package: '', options }
    const reference = await hooks.createSampler
      .for(kind)
      .promise(sampler, { server: null, processes: [], root })
    const { gauges, period, read } = await createSampler(reference?.options ?? null, {
      root,
      warn: () => {},
      file: () => null,
    })
    const into = new Float64Array(gauges.length).fill(NaN)
    await read(into, 0)
    expect(period).toBe(3e9)
    expect(Object.fromEntries(gauges.map(({ name }, index) => [name, into[index]]))).toEqual({
      'vespa.container.threads.active': 3,
      'vespa.container.threads': NaN,
      'vespa.container.queue': NaN,
      'vespa.search.threads.active': 5,
      'vespa.search.threads': 20,
      'vespa.search.queue': 7,
      'vespa.heap.used': 1e8,
      'vespa.heap.total': NaN,
    })
  })

  it('keep the contract of samplers', async () => {
    await using fake = await FakeVespa.start()
    const reference = await connectSampler(plugin, vespaMetrics({ url: fake.url, period: '3s' }), { root })
    const { skipped } = await checkSampler(reference, {
      accept: ([first]) => first?.['vespa.search.threads'] === 20,
      // Of a container that has done nothing yet.
      silent: ['vespa.container.threads', 'vespa.container.queue', 'vespa.heap.total'],
      lose: () => fake[Symbol.asyncDispose](),
      advance: () => {},
    })
    expect(skipped).toEqual(['a device that is not there is refused in words'])
  })

  it('need a container', async () => {
    const hooks = await applyPlugins([plugin], root)
    const sampler = { kind: 'vespa', package: '', options: {} }
    await expect(
      hooks.createSampler.for('vespa').promise(sampler, { server: null, processes: [], root }),
    ).rejects.toThrow(/is missing, and the case has no server/)
  })
})
