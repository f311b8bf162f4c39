import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { planFixture } from '../../test/result-fixture.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { electricityMaps, nationalGrid } from '../dsl/carbon-source.ts'
import { Problems } from '../dsl/problems.ts'
import { EFFICIENCY_SETTINGS } from '../plan/efficiency-settings.ts'
import type { EnergySettings, LiveCarbon } from '../plan/trial-plan.ts'
import { redactPlan } from './redact-plan.ts'
import { Tariffs } from './tariffs.ts'

const NEVER = new AbortController().signal

interface Asked {
  readonly url: string | undefined
  readonly token: string | string[] | undefined
}

let server: Server
let url: string
let asked: Asked[]
let reply: { readonly status: number; readonly body: string }

beforeEach(async () => {
  asked = []
  reply = { status: 200, body: '{"zone":"DE","carbonIntensity":231}' }
  server = createServer((request, response) => {
    asked.push({ url: request.url, token: request.headers['auth-token'] })
    response.writeHead(reply.status, { location: '/elsewhere' }).end(reply.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/latest?zone=DE`
})
afterEach(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

function read(value: unknown): {
  readonly live: LiveCarbon | undefined
  readonly problems: readonly string[]
} {
  const problems = new Problems()
  const live = EFFICIENCY_SETTINGS['energy.live']?.(problems, 'energy.live', value)
  return {
    live: live as unknown as LiveCarbon | undefined,
    problems: problems.errors.map(({ path }) => path),
  }
}
function settingsOf(value: object): EnergySettings {
  const { live } = read(value)
  if (live === undefined) throw new Error('The setting cannot be read.')
  return { ...(DEFAULT_SETTINGS.energy as EnergySettings), region: 'DE', live }
}

describe('a live source of carbon intensity', () => {
  it('is asked with its token, and says what the grid makes now', async () => {
    vi.stubEnv('CARBON_TOKEN', 'planted-token')
    const source = { ...electricityMaps({ zone: 'DE', token: { secret: 'env', name: 'CARBON_TOKEN' } }), url }
    const settings = settingsOf(source)
    const tariffs = new Tariffs('/nowhere')
    await tariffs.ask(settings, NEVER)
    expect(asked).toEqual([{ url: '/latest?zone=DE', token: 'planted-token' }])
    expect(tariffs.grid(settings)).toMatchObject({
      region: null,
      intensity: 231,
      kind: 'live',
      pue: 1.58,
      source: expect.stringMatching(/^Electricity Maps, DE, \d{4}-\d\d-\d\dT/),
    })
    // What is stored is the reference; the answer is found by the plan that is shown.
    const plan = { ...planFixture(), settings: { ...DEFAULT_SETTINGS, energy: settings } }
    const shown = redactPlan(plan)
    expect(JSON.stringify(shown)).not.toContain('planted-token')
    expect(tariffs.grid(shown.settings.energy)).toMatchObject({ intensity: 231 })
  })

  it('is not asked again at once', async () => {
    const settings = settingsOf({ url, pointer: '/carbonIntensity' })
    const tariffs = new Tariffs('/nowhere')
    await tariffs.ask(settings, NEVER)
    reply = { status: 200, body: '{"carbonIntensity":1}' }
    await tariffs.ask(settings, NEVER)
    expect(asked).toHaveLength(1)
    expect(tariffs.grid(settings)?.intensity).toBe(231)
  })

  it('takes what was before what is expected, where it is known', async () => {
    const settings = settingsOf({ ...nationalGrid(), url })
    reply = { status: 200, body: '{"data":[{"intensity":{"forecast":120,"actual":null}}]}' }
    const first = new Tariffs('/nowhere')
    await first.ask(settings, NEVER)
    expect(first.grid(settings)?.intensity).toBe(120)
    reply = { status: 200, body: '{"data":[{"intensity":{"forecast":120,"actual":0}}]}' }
    const second = new Tariffs('/nowhere')
    await second.ask(settings, NEVER)
    expect(second.grid(settings)?.intensity).toBe(0)
  })

  it.each([
    ['an error', 503, '{}', 'it answers 503'],
    ['no JSON', 200, '<html>', 'JSON'],
    ['no number', 200, '{"carbonIntensity":"many"}', 'there is no number at /carbonIntensity'],
    ['nonsense', 200, '{"carbonIntensity":-3}', '-3 is no intensity'],
    ['more than anybody reads', 200, `"${'x'.repeat(300_000)}"`, 'more than'],
    ['another place', 302, '', 'fetch failed'],
  ])('leaves the number of the region when it answers with %s', async (_, status, body, problem) => {
    reply = { status, body }
    const settings = settingsOf({ name: 'Somebody', url, pointer: '/carbonIntensity' })
    const tariffs = new Tariffs('/nowhere')
    await tariffs.ask(settings, NEVER)
    const grid = tariffs.grid(settings)
    expect(grid).toMatchObject({ region: 'DE', intensity: 344, year: 2024 })
    expect(grid?.source).toContain('since Somebody gave no answer: ')
    expect(grid?.source).toContain(problem)
    expect(asked).toHaveLength(1)
  })

  it('leaves the number of the region when it is not there, was not asked, or has no token', async () => {
    const tariffs = new Tariffs('/nowhere')
    const settings = settingsOf({ url, pointer: '/carbonIntensity' })
    expect(tariffs.grid(settings)?.source).toContain('it was not asked')
    const missing = settingsOf({ url, pointer: '/x', token: { secret: 'env', name: 'SERVEBENCH_NOT_SET' } })
    await tariffs.ask(missing, NEVER)
    expect(tariffs.grid(missing)?.source).toContain('SERVEBENCH_NOT_SET')
    expect(asked).toEqual([])
  })

  it('is nobody by default', async () => {
    const tariffs = new Tariffs('/nowhere')
    await tariffs.ask(DEFAULT_SETTINGS.energy as EnergySettings, NEVER)
    await tariffs.ask(undefined, NEVER)
    expect(asked).toEqual([])
    expect(DEFAULT_SETTINGS.energy?.live).toBeNull()
  })

  it('and a given intensity contradict each other', () => {
    const both = { ...settingsOf({ url, pointer: '/x' }), intensity: 5 }
    expect(() => new Tariffs('/nowhere').grid(both)).toThrow('Energy and cost')
  })
})

describe('the setting of a live source', () => {
  it('is told all that is wrong with it', () => {
    expect(read({ url: 'ftp://x', pointer: 'carbon', token: 'plain', header: 'a b' }).problems).toEqual([
      'energy.live.url',
      'energy.live.pointer',
      'energy.live.token',
      'energy.live.header',
    ])
    expect(read({ url: 'http://me:secret@x', pointer: '/x' }).problems).toEqual(['energy.live.url'])
    expect(read({ url: 'http://x', pointer: [] }).problems).toEqual(['energy.live.pointer'])
    expect(read('http://x').live).toBeUndefined()
  })

  it('is plain data, named by its host', () => {
    expect(read({ url: 'https://grid.example/now', pointer: '/g' }).live).toEqual({
      name: 'grid.example',
      url: 'https://grid.example/now',
      pointers: ['/g'],
      token: null,
      header: 'authorization',
    })
  })
})
