import { appendFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { env } from '../../dsl/secret.ts'
import type { JsonObject, SamplerSpec } from '../../plugin.ts'
import type { Sampler } from '../../session.ts'
import { checkEnergySource } from '../../testing/check-energy-source.ts'
import { checkSampler } from '../../testing/check-sampler.ts'
import { connectSampler } from '../../testing/connect-sampler.ts'
import { findValue } from './find-value.ts'
import { readLog } from './log-reader.ts'
import { ipmiMeter, meterSampler, pduMeter, redfishMeter } from './meter.ts'
import { plugin } from './plugin.ts'
import { PowerLog } from './power-log.ts'
import { createSampler } from './sampler.ts'
import { readMeterSettings } from './settings.ts'

const warnings: string[] = []
let project: TemporaryProject
beforeEach(() => {
  project = temporaryProject()
  warnings.length = 0
})
afterEach(() => project[Symbol.dispose]())

async function open(spec: SamplerSpec): Promise<Sampler> {
  const { options } = await connectSampler(plugin, spec, { root: project.root })
  const context = {
    root: project.root,
    warn: (message: string): void => void warnings.push(message),
    file: (): null => null,
  }
  return await createSampler(options, context)
}

async function read(sampler: Sampler, seconds = 0): Promise<number> {
  const into = new Float64Array(1).fill(NaN)
  await sampler.read(into, seconds * 1e9)
  return into[0] as number
}

describe('a value', () => {
  const IPMI = `
    Instantaneous power reading:                   214 Watts
    Minimum during sampling period:                 96 Watts`

  it.each([
    ['214.5 W', null, null, 214.5],
    ['-1.5e2', null, null, -150],
    [IPMI, null, 'Instantaneous power reading:\\s*(\\d+)', 214],
    ['{"PowerControl":[{"PowerConsumedWatts":344}]}', '/PowerControl/0/PowerConsumedWatts', null, 344],
    ['{"a/b":{"~":"7.5"}}', '/a~1b/~0', null, 7.5],
  ])('is found in %j', (answer, pointer, pattern, value) => {
    expect(findValue(answer, pointer, pattern)).toBe(value)
  })

  it.each([
    ['no data', null, null],
    ['{"a":1}', '/b', null],
    ['{"a":1}', '/constructor/name', null],
    ['{"a":{}}', '/a', null],
    ['12 Volts', null, '(\\d+) Watts'],
    ['{"a":', '/a', null],
  ])('is not made up of %j', (answer, pointer, pattern) => {
    expect(() => findValue(answer, pointer, pattern)).toThrow()
  })
})

describe('a log', () => {
  const NOW = 1_700_000_000_000
  const reader = (offset = 0, time: string | number = 0, value: string | number = 1): (() => number) =>
    readLog(
      new PowerLog(project.path('power.csv'), time, value),
      offset,
      (message) => void warnings.push(message),
      () => wall,
    ) as () => number
  let wall = NOW

  it('is the mean of what was added, and the last line while it is fresh', () => {
    wall = NOW
    project.write({ 'power.csv': `time,watts\n${NOW / 1000 - 60},999\n${NOW / 1000 - 1},100\n` })
    const next = reader()
    expect(next()).toBe(100)
    wall += 1000
    expect(next()).toBe(100)
    appendFileSync(project.path('power.csv'), `${wall / 1000 - 0.5},200\n${wall / 1000},30`)
    expect(next()).toBe(200)
    appendFileSync(project.path('power.csv'), `0\nbroken line\n`)
    expect(next()).toBe(300)
    wall += 60_000
    expect(next()).toBeNaN()
    expect(warnings).toEqual([])
  })

  it('has columns by name, and times of several kinds', () => {
    wall = NOW
    const iso = new Date(NOW).toISOString().replace('Z', '+00:00').replace('T', ' ')
    project.write({ 'power.csv': `No;"Date / time";"P [W]"\n1;${iso};150\n2;${NOW};250\n` })
    expect(reader(0, 'Date / time', 'P [W]')()).toBe(200)
    expect(() => reader(0, 'Time', 'P [W]')).toThrow(
      "has no column 'Time'; its columns are No, Date / time, P [W]",
    )
  })

  it('of another clock is aligned, and told when it is not', () => {
    wall = NOW
    const ahead = (NOW + 5000) / 1000
    project.write({ 'power.csv': `${ahead},80\n` })
    expect(reader(5000)()).toBe(80)
    expect(warnings).toEqual([])
    expect(reader()()).toBeNaN()
    expect(warnings).toEqual([expect.stringContaining('newest line is 5 s ahead')])
  })

  it('that is begun again is followed', () => {
    wall = NOW
    project.write({ 'power.csv': `${NOW / 1000},10\n${NOW / 1000},20\n` })
    const next = reader()
    expect(next()).toBe(15)
    writeFileSync(project.path('power.csv'), `${NOW / 1000},70\n`)
    expect(next()).toBe(70)
  })
})

describe('a command', () => {
  const meter = (script: string): SamplerSpec =>
    meterSampler({ command: [process.execPath, '-e', script], period: '10ms' })

  it('prints the power', async () => {
    const sampler = await open(meter(`console.log('power: 123.5 W')`))
    expect(sampler.gauges).toEqual([
      {
        name: 'meter.power',
        unit: 'W',
        bounds: [0, 1e7],
        covers: 'instant',
        power: { scope: 'system', method: 'average' },
      },
    ])
    expect(await read(sampler)).toBe(123.5)
  })

  it('that fails now is told before the load', async () => {
    await expect(open(meter('process.exit(3)'))).rejects.toThrow('Command failed')
    await expect(open(meterSampler({ command: ['/nowhere/meter'] }))).rejects.toThrow('ENOENT')
  })

  it('that fails later leaves gaps, and then ends the sampler', async () => {
    project.write({ 'value.txt': '5' })
    const script = `process.stdout.write(require('node:fs').readFileSync(${JSON.stringify(project.path('value.txt'))}))`
    const sampler = await open(meter(script))
    rmSync(project.path('value.txt'))
    for (let round = 0; round < 4; round++) expect(await read(sampler)).toBeNaN()
    expect(warnings).toHaveLength(1)
    await expect(read(sampler)).rejects.toThrow('ENOENT')
  })
})

describe('a URL', () => {
  let server: Server
  let joules = 0
  let status = 200
  const seen: (string | undefined)[] = []
  beforeEach(async () => {
    status = 200
    joules = 1000
    server = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(status, { connection: 'close' }).end(`{"energy":{"total":"${joules}"}}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/status`

  it('answers a counter of energy, of which power is made', async () => {
    process.env['METER_TOKEN'] = 'planted'
    const sampler = await open(
      meterSampler({
        url: url(),
        pointer: '/energy/total',
        unit: 'Wh',
        name: 'plug',
        headers: { authorization: ['Bearer ', env('METER_TOKEN')] },
      }),
    )
    delete process.env['METER_TOKEN']
    expect(sampler.gauges[0]).toMatchObject({
      name: 'plug.power',
      covers: 'interval',
      power: { method: 'counter' },
    })
    expect(await read(sampler, 0)).toBeNaN()
    joules += 0.5
    expect(await read(sampler, 10)).toBe(180)
    // Switched off and on.
    joules = 0
    expect(await read(sampler, 20)).toBeNaN()
    expect(seen.at(-1)).toBe('Bearer planted')
  })

  it('that answers an error has no reading', async () => {
    status = 503
    await expect(open(meterSampler({ url: url() }))).rejects.toThrow('answers 503')
  })

  it('keeps the contract of samplers', async () => {
    const spec = meterSampler({ url: url(), pointer: '/energy/total', period: '10ms' })
    const absent = await connectSampler(plugin, meterSampler({ url: 'http://127.0.0.1:1/' }))
    const { skipped } = await checkSampler(await connectSampler(plugin, spec), {
      accept: ([first = {}]) => first['meter.power'] === 1000,
      absent,
      lose: () => void (status = 500),
    })
    expect(skipped).toEqual([])
  })

  it('keeps the contract of sources of energy', async () => {
    const spec = meterSampler({ url: url(), pointer: '/energy/total', unit: 'Wh', period: '10ms' })
    const { skipped } = await checkEnergySource(await connectSampler(plugin, spec), {
      advance: () => void (joules += 0.5),
      energy: () => joules * 3600,
    })
    expect(skipped).toEqual([])
  })
})

describe('its presets', () => {
  it('are commands and URLs', () => {
    expect(ipmiMeter({ args: ['-I', 'lanplus'] }).options).toMatchObject({
      command: ['ipmitool', '-I', 'lanplus', 'dcmi', 'power', 'reading'],
    })
    expect(redfishMeter({ url: 'https://bmc-7', chassis: 'System.Embedded.1' }).options).toEqual({
      url: 'https://bmc-7/redfish/v1/Chassis/System.Embedded.1/Power',
      pointer: '/PowerControl/0/PowerConsumedWatts',
      period: '1s',
    })
    expect(pduMeter({ host: 'pdu-1', oid: '1.3.6.1', unit: 'mW' }).options).toMatchObject({
      command: ['snmpget', '-v2c', '-c', 'public', '-Oqv', 'pdu-1', '1.3.6.1'],
      unit: 'mW',
    })
    for (const { options } of [
      ipmiMeter(),
      redfishMeter({ url: 'https://bmc' }),
      pduMeter({ host: 'h', oid: '1' }),
    ])
      expect(readMeterSettings(options).unit).toBe('W')
  })
})

describe('its options', () => {
  it('are checked, all at once', () => {
    const paths = (options: JsonObject): unknown => {
      try {
        return readMeterSettings(options)
      } catch (error) {
        return (error as { problems: { path: string }[] }).problems.map(({ path }) => path)
      }
    }
    expect(paths({})).toEqual(['source'])
    expect(
      paths({ command: [], url: 'ftp://x', period: '1ms', name: '7', scope: 'all', unit: 'V', ciommand: 1 }),
    ).toEqual(['ciommand', 'source', 'period', 'name', 'scope', 'unit', 'command'])
    expect(paths({ url: 'x', pointer: 'a', pattern: '(', headers: 3 })).toEqual([
      'pattern',
      'pointer',
      'pattern',
      'url',
      'headers',
    ])
    expect(paths({ command: ['x'], pattern: '\\d+' })).toEqual(['pattern'])
    expect(paths({ csv: 'a', columns: { time: -1, value: '' }, clockOffset: '2' })).toEqual([
      'columns.time',
      'columns.value',
      'clockOffset',
    ])
    expect(readMeterSettings({ csv: 'a', clockOffset: '-1.5s' }).source).toEqual({
      from: 'csv',
      path: 'a',
      time: 0,
      value: 1,
      clockOffset: -1.5e9,
    })
  })
})
