import { applyTunables } from 'servebench/plugin'
import type { JsonValue } from 'servebench/plugin'
import { checkTuning, connectTuning } from 'servebench/testing'
import { describe, expect, it } from 'vitest'
import { plugin, vespaServer } from '../src/index.ts'
import { writeServices } from '../src/launch/services.ts'
import type { PlannedLaunch } from '../src/server.ts'
import { listTunables } from '../src/tuning/tunables.ts'

const SERVER = vespaServer({
  models: { ranker: 'ranker.onnx', other: { file: 'o.onnx', intraOpThreads: 2 } },
})

async function apply(
  values: Readonly<Record<string, JsonValue>>,
): Promise<Extract<PlannedLaunch, { mode: 'launch' }>> {
  const tuned = applyTunables(SERVER, values, await connectTuning(plugin, SERVER))
  return tuned.launch as unknown as Extract<PlannedLaunch, { mode: 'launch' }>
}

it('offers nothing that cannot be applied', async () => {
  const tuning = await connectTuning(plugin, SERVER)
  const tunables = listTunables({ models: ['ranker', 'other'], application: false, cores: 4 })
  expect((await checkTuning(tuning, SERVER, tunables)).applied).toBeGreaterThan(60)
})

it('offers no threads where an application decides on them', () => {
  const paths = listTunables({ models: ['ranker'], application: true, cores: 4 }).map(({ path }) => path)
  expect(paths).toEqual([
    'models.ranker.intraOpThreads',
    'models.ranker.interOpThreads',
    'models.ranker.executionMode',
  ])
})

describe('a value', () => {
  it('reaches services.xml', async () => {
    const { models, threads, heap } = await apply({
      'models.ranker.intraOpThreads': 4,
      'models.ranker.interOpThreads': 2,
      'models.ranker.executionMode': 'parallel',
      'models.other.intraOpThreads': null,
      'threads.container': 8,
      'threads.search': 3,
      'threads.searchQueue': 10,
      heap: '1GiB',
    })
    const services = writeServices(models, threads, 8080)
    expect(services).toContain(
      [
        '<model name="ranker">',
        '<intraop-threads>4</intraop-threads>',
        '<interop-threads>2</interop-threads>',
        '<execution-mode>parallel</execution-mode>',
        '</model>',
      ].join('\n'),
    )
    expect(services).not.toContain('name="other"')
    expect(services.match(/<max-threads>\d+/g)).toEqual(['<max-threads>8', '<max-threads>3'])
    expect(services).toContain('<queue-size>10</queue-size>')
    expect(heap).toBe(1024 ** 3)
  })

  it.each([
    ['models.ranker.intraOpThreads', 0, /whole number from 1 on/],
    [
      'models.ranker.executionMode',
      'paralel',
      /must be 'sequential' or 'parallel'.*Did you mean 'parallel'/s,
    ],
    ['models.rankr.intraOpThreads', 1, /is of no model of this server.*Did you mean 'ranker'/s],
    ['threads.docproc', 1, /is no option/],
    ['heap', '1MiB', /at least 64MiB/],
    ['jvmArgs', [], /is no setting of a Vespa container/],
  ])('that cannot be is refused: %s = %s', async (path, value, message) => {
    await expect(apply({ [path]: value })).rejects.toThrow(message)
  })

  it('is none of a container that runs already', async () => {
    const server = vespaServer({ url: 'http://127.0.0.1:8080' })
    const tuning = await connectTuning(plugin, server)
    expect(() => tuning.apply(server, 'threads.search', 2)).toThrow(/runs already/)
  })
})

it('has its configuration in services.xml and the options of Java', async () => {
  const tuning = await connectTuning(plugin, SERVER)
  const context = {
    artifact: () => Promise.reject(new Error('No artifact is expected.')),
    root: '/',
    control: null,
  }
  const tuned = applyTunables(SERVER, { 'threads.search': 2, heap: '1GiB', 'env.A': 'b' }, tuning)
  const files = (await tuning.configuration?.(tuned, context)) ?? []
  expect(files.map(({ path }) => path)).toEqual(['services.xml', 'java.args', 'vespa.env'])
  expect(files[0]?.text).toContain('<search>\n<threadpool>\n<max-threads>2</max-threads>')
  expect(files[0]?.text).toContain('<server id="main" port="8080"/>')
  expect(files[1]?.text).toBe('-Xms1024m\n-Xmx1024m\n')
})
