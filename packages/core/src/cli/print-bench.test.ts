import { describe, expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'
import { importUserModule } from '../collector/import-module.ts'
import { ValidationError } from '../errors/validation-error.ts'
import { createRandom } from '../stats/seed.ts'
import { printBench } from './print-bench.ts'
import type { Written } from '../dsl/bench-source.ts'
import { quickScenario, type QuickOptions, type QuickScenario } from './quick-scenario.ts'

const OPTIONS: QuickOptions = { protocol: 'http' }

/** Reads a printed file as the collector would, with factories that only say what they were called with. */
async function read(
  text: string,
): Promise<{ readonly name: string; readonly options: Record<string, unknown> }> {
  const stub = `
    const call = (name, from) => (argument) => ({ call: name, from, argument })
    export const http = call('http', 'servebench'), closed = call('closed', 'servebench'), constantRate = call('constantRate', 'servebench'),
      poisson = call('poisson', 'servebench'), env = (name) => ({ secret: 'env', name })
    export const oip = call('oip', '@servebench/plugin-oip'), tensors = call('tensors', 'servebench/inputs')
    export let scenarios = []
    export const scenario = (name, options) => scenarios.push({ name, options })`
  using project = temporaryProject({
    'stub.ts': stub,
    'printed.ts': text.replaceAll(/from '[^']+'/g, "from './stub.ts'"),
    'entry.ts': `import './printed.ts'\nexport { scenarios } from './stub.ts'`,
  })
  const { scenarios } = (await importUserModule(project.path('entry.ts'))) as {
    scenarios: Awaited<ReturnType<typeof read>>[]
  }
  expect(scenarios).toHaveLength(1)
  return scenarios[0] as Awaited<ReturnType<typeof read>>
}

const plain = (written: Written): unknown => ('data' in written ? written.data : written)

async function expectRoundTrip(scenario: QuickScenario, url: string): Promise<void> {
  const { name, options } = await read(printBench(scenario, url))
  const { target, input, load, ...settings } = options
  expect(name).toBe(url)
  expect(target).toEqual(plain(scenario.target))
  expect(input).toEqual(scenario.input === null ? undefined : plain(scenario.input))
  expect(load).toEqual(plain(scenario.load))
  expect(settings).toEqual(scenario.settings)
}

describe('a printed bench file', () => {
  it.each([
    ['nothing but a URL', 'http://h/', {}],
    [
      'an open loop',
      'http://h/',
      { rate: '12.5', arrivals: 'poisson', timeout: '1s', warmup: '50', duration: '3s', workers: 'auto' },
    ],
    [
      'a closed one',
      'http://h/',
      { concurrency: '8', requests: '100', connections: '4', slo: ['p99=50ms', 'errorRate=0.01'] },
    ],
    [
      'headers and a body',
      'http://h/?a=b',
      {
        method: 'PATCH',
        header: ['X-A: b c', 'authorization: $TOKEN'],
        body: 'it\'s "so" \\ \n\t\u2028 ${x} `y`',
        insecure: true,
      },
    ],
    [
      'a model',
      'grpc://h:8001',
      {
        protocol: 'oip-grpc',
        model: "m'x",
        modelVersion: '3',
        shape: ['IN:1,3,224,224', 'B:2x2'],
        batch: '4',
      },
    ],
  ] as [string, string, Partial<QuickOptions>][])(
    'says the same as the command: %s',
    async (_, url, options) => {
      await expectRoundTrip(quickScenario(url, { ...OPTIONS, ...options }), url)
    },
  )

  it('holds any plain data', async () => {
    const random = createRandom({ seed: 'print', path: [], repeat: 0, stream: 'main', purpose: 'test' })
    const texts = [
      '',
      "'",
      '"',
      '\\',
      '\n',
      '\u0000',
      '</script>',
      '${a}',
      '\ud83d\ude00',
      'plain',
      '*/',
      '__proto__x',
      '-',
      '1a',
    ]
    const value = (depth: number): unknown => {
      const kind = random.int(depth > 3 ? 5 : 7)
      if (kind === 0) return texts[random.int(texts.length)]
      if (kind === 1) return (random.next() - 0.5) * 1e6
      if (kind === 2) return random.int(2) === 0
      if (kind === 3) return null
      if (kind === 4) return random.int(1e9)
      if (kind === 5) return Array.from({ length: random.int(5) }, () => value(depth + 1))
      return Object.fromEntries(
        Array.from({ length: random.int(5) }, () => [texts[random.int(texts.length)], value(depth + 1)]),
      )
    }
    for (let round = 0; round < 20; round++) {
      const scenario: QuickScenario = {
        ...quickScenario('http://h/', OPTIONS),
        input: { data: { body: value(0) } },
      }
      await expectRoundTrip(scenario, 'http://h/')
    }
  })

  it('reads secrets from variables instead of holding them, and says which', () => {
    const typed = quickScenario('http://h/?token=PLANT', {
      ...OPTIONS,
      header: ['Authorization: Bearer PLANT', 'X-Api-Key: PLANT', 'Cookie: $COOKIE', 'accept: a'],
      body: '{"password":"PLANT"}',
    })
    const text = printBench(typed, 'http://h/?token=PLANT')
    expect(text).not.toContain('PLANT')
    expect(text).toContain("import { closed, env, http, scenario } from 'servebench'")
    expect(text).toContain("authorization: env('AUTHORIZATION')")
    expect(text).toContain("cookie: env('COOKIE')")
    expect(text).toContain("accept: 'a'")
    expect(text).toContain("// Set X_API_KEY to the value of the header 'x-api-key'.")
    expect(text).toContain('// Put back in what is [redacted].')
  })
})

describe('the options of quick', () => {
  it('are all checked at once', () => {
    const wrong: QuickOptions = {
      ...OPTIONS,
      concurrency: '2.5',
      rate: '0',
      requests: '5',
      header: ['no colon', ': no name'],
      shape: ['x', 'y:1,b'],
      slo: ['p99', '=5', 'p50='],
      connections: '-1',
      workers: 'many',
      batch: '0',
      model: 'm',
    }
    const problems = (() => {
      try {
        quickScenario('http://h/', wrong)
        return []
      } catch (error) {
        expect(error).toBeInstanceOf(ValidationError)
        return (error as ValidationError).problems.map((problem) => problem.path)
      }
    })()
    expect(new Set(problems)).toEqual(
      new Set([
        '--model',
        "--header 'no colon'",
        "--header ': no name'",
        '--batch',
        "--shape 'x'",
        "--shape 'y:1,b'",
        '--shape',
        '--concurrency',
        '--requests',
        '--rate',
        '--connections',
        '--workers',
        "--slo 'p99'",
        "--slo '=5'",
        "--slo 'p50='",
      ]),
    )
  })

  it('of the Open Inference Protocol need a model and take no method', () => {
    expect(() =>
      quickScenario('h:8001', { ...OPTIONS, protocol: 'oip-grpc', method: 'GET', body: 'x' }),
    ).toThrow(
      expect.objectContaining({
        problems: [
          { path: '--model', message: expect.any(String) },
          { path: '--method', message: 'is for --protocol http.' },
          { path: '--body', message: 'is for --protocol http.' },
        ],
      }),
    )
  })

  it('mean ten users unless they say otherwise', () => {
    expect(quickScenario('http://h/', OPTIONS).load).toEqual({
      call: 'closed',
      from: 'servebench',
      argument: { concurrency: 10 },
    })
    expect(quickScenario('http://h/', { ...OPTIONS, rate: '5' }).load).toMatchObject({
      call: 'constantRate',
      argument: { rate: 5 },
    })
    expect(() => quickScenario('http://h/', { ...OPTIONS, arrivals: 'poisson' })).toThrow(
      '--arrivals: belongs to the open loop',
    )
  })
})
