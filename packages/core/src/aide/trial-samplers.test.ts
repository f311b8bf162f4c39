import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { monotonicClock } from '../clock/monotonic-clock.ts'
import { readRecords } from '../report/read-records.ts'
import { MILLISECOND, SECOND } from '../units/nanos.ts'
import type { SamplerReference } from './sampler-thread.ts'
import { TrialSamplers, type SamplersOutcome } from './trial-samplers.ts'

let project: TemporaryProject
beforeEach(() => {
  project = temporaryProject({})
})
afterEach(() => project[Symbol.dispose]())

let count = 0
/** A sampler whose module has this body of `createSampler`. */
function sampler(kind: string, body: string, options: SamplerReference['options'] = {}): SamplerReference {
  const [path] = project.write({
    [`sampler-${count++}.mjs`]: `export async function createSampler(options, { warn, root, file }) { ${body} }`,
  })
  return { kind, module: pathToFileURL(path as string).href, options }
}

const steady = (name: string, value: number): string =>
  `return { gauges: [{ name: '${name}', unit: 'W' }], period: 20e6, read(into) { into[0] = ${value} } }`

interface Outcome extends SamplersOutcome {
  readonly events: readonly string[]
  /** From the start of the load to the end of all samplers, ms. */
  readonly took: number
}

/** A trial in which nothing else happens; its measurement begins when all that can be read has been, and lasts so many milliseconds. */
async function trial(references: readonly SamplerReference[], length = 300): Promise<Outcome> {
  const events: string[] = []
  const samplers = await TrialSamplers.open(
    references,
    project.root,
    project.path('x.samples.arrows'),
    (event) => events.push(event.message),
  )
  const origin = process.hrtime.bigint()
  const clock = monotonicClock(origin)
  samplers.start(origin)
  const isUnread = (): boolean =>
    Object.entries(samplers.means(0, clock.now())).some(([name, mean]) => name !== 'bad' && mean === null)
  while (isUnread()) await sleep(5)
  const from = clock.now()
  await sleep(length)
  const until = clock.now()
  await samplers.stop()
  const took = clock.now() / MILLISECOND
  return { ...samplers.finish(from, until), events, took }
}

it('reads samplers on threads of their own, and keeps every reading', async () => {
  const { gauges, samples, samplers, events } = await trial([
    sampler('steady', steady('a.power', 7)),
    sampler(
      'two',
      `let n = 0
       return { period: 20e6, gauges: [{ name: 'b', unit: '1', device: options.device, covers: 'interval' }, { name: 'c', unit: 'By' }],
         async read(into, now) { into[0] = 0.5; if (n++ % 2 === 0) into[1] = now } }`,
      { device: 'gpu1' },
    ),
  ])
  expect(events).toEqual([])
  expect(gauges['a.power']).toMatchObject({ unit: 'W', device: null, mean: 7, min: 7, max: 7, p95: 7 })
  expect(gauges['b']).toMatchObject({ unit: '1', device: 'gpu1', mean: 0.5 })
  // No last read follows within half a period of the one before.
  expect(gauges['b']?.coverage).toBeGreaterThanOrEqual(1 - 10 / 300)
  expect(gauges['c']?.coverage).toBeGreaterThan(0.1)
  expect(gauges['c']?.coverage).toBeLessThan(0.9)
  expect(samplers.map(({ kind, period, problem }) => [kind, period, problem])).toEqual([
    ['steady', 20e6, null],
    ['two', 20e6, null],
  ])
  for (const { reads, time, longest } of samplers) {
    expect(reads).toBeGreaterThan(3)
    expect(time).toBeGreaterThan(0)
    expect(longest).toBeLessThanOrEqual(time)
  }

  const rows = await readRecords(project.path('x.samples.arrows'))
  expect([rows.rows, true]).toEqual([samples?.rows, samples?.complete])
  const [names, from, until, values] = [
    rows.names('gauge'),
    rows.numbers('from'),
    rows.numbers('until'),
    rows.numbers('value'),
  ]
  expect(names.filter((name) => name === 'a.power')).toHaveLength(samplers[0]?.reads ?? 0)
  for (let row = 0; row < rows.rows; row++) {
    expect(from[row]).toBeLessThanOrEqual(until[row] as number)
    // `now` is the instant of the reading itself.
    if (names[row] === 'c') expect(values[row]).toBe(until[row])
  }
})

describe('a sampler that fails is switched off, and the others go on', () => {
  it.each([
    ['cannot be made', `throw new Error('libnvidia-ml is not installed')`, 'libnvidia-ml is not installed'],
    ['is none', `return 7`, 'createSampler returned no sampler, which has `gauges` and `read`'],
    [
      'throws',
      `let n = 0; return { gauges: [{ name: 'bad', unit: '1' }], period: 20e6, read(into) { if (n++ > 2) throw new Error('the device is gone'); into[0] = 1 } }`,
      'the device is gone',
    ],
    [
      'ends its thread',
      `return { gauges: [{ name: 'bad', unit: '1' }], read() { process.exit(0) } }`,
      'its thread ended by itself',
    ],
    [
      'throws outside of its calls',
      `setTimeout(() => { throw new Error('a stray callback') }, 100); return { gauges: [{ name: 'bad', unit: '1' }], read() {} }`,
      'a stray callback',
    ],
  ])('because it %s', async (_, body, reason) => {
    const { gauges, samplers, events } = await trial([
      sampler('bad', body),
      sampler('good', steady('good', 3)),
    ])
    expect(events).toEqual([`The sampler 'bad' was switched off: ${reason}.`])
    expect(samplers.map(({ problem }) => problem)).toEqual([reason, null])
    expect(gauges['good']).toMatchObject({ mean: 3 })
    expect(gauges['good']?.coverage).toBeGreaterThan(0.5)
  })

  it.each([
    ['in an endless loop', `for (;;);`],
    ['in a promise', `return new Promise(() => {})`],
  ])('because it hangs %s: what it had read is kept', async (_, hang) => {
    const body = `let n = 0; return { gauges: [{ name: 'bad', unit: '1' }], period: 20e6, read(into) { into[0] = 1; if (n++ > 4) { ${hang} } } }`
    const { gauges, samplers, events, took } = await trial([
      sampler('bad', body),
      sampler('good', steady('good', 3)),
    ])
    expect(events).toEqual(["The sampler 'bad' was switched off: a read took longer than 2 s."])
    expect(samplers[0]).toMatchObject({ reads: 5, problem: 'a read took longer than 2 s' })
    expect(gauges['bad']?.coverage).toBeLessThan(0.9)
    expect(gauges['good']).toMatchObject({ mean: 3 })
    expect(took).toBeLessThan(5000)
  })

  it('because its gauge is another one’s', async () => {
    const { gauges, events } = await trial(
      [sampler('one', steady('power', 1)), sampler('other', steady('power', 2))],
      100,
    )
    expect(events).toEqual([
      "The sampler 'other' was switched off: 'power' is a gauge of the sampler 'one' already.",
    ])
    expect(gauges['power']).toMatchObject({ mean: 1 })
  })

  it('because its module exports something else', async () => {
    const [path] = project.write({ 'other.mjs': 'export const sampler = {}' })
    const { events } = await trial(
      [{ kind: 'other', module: pathToFileURL(path as string).href, options: {} }],
      10,
    )
    expect(events).toEqual([
      "The sampler 'other' was switched off: Its module exports no function `createSampler`.",
    ])
  })
})

it('leaves out what cannot be, and says so once', async () => {
  const body = `let n = 0; return { gauges: [{ name: 'share', unit: '1', bounds: [0, 1] }], period: 20e6, read(into) { into[0] = [0.5, 1.5, Infinity][n++ % 3] } }`
  const { gauges, events } = await trial([sampler('odd', body)])
  expect(events).toEqual([
    "The sampler 'odd' read 1.5 for 'share', which cannot be: such readings are left out.",
  ])
  expect(gauges['share']).toMatchObject({ mean: 0.5, max: 0.5 })
  expect(gauges['share']?.coverage).toBeLessThan(0.6)
})

it('passes warnings on, and disposes of a sampler once it is done', async () => {
  const body = `warn('no power sensor here'); return { gauges: [], read() {}, dispose() { warn('disposed'); } }`
  const { events, samples } = await trial([sampler('host', body)], 50)
  expect(events).toEqual(["The sampler 'host': no power sensor here", "The sampler 'host': disposed"])
  expect(samples).toBeNull()
})

it('imports a sampler of the user’s project in TypeScript', async () => {
  project.write({ 'level.ts': 'export enum Level { high = 9 }' })
  const [path] = project.write({
    'mine.ts': `import { Level } from './level.ts'
      export const createSampler = () => ({ gauges: [{ name: 'mine', unit: 'W' }], period: 20e6, read(into: Float64Array) { into[0] = Level.high } })`,
  })
  const { gauges } = await trial([{ kind: 'mine', module: pathToFileURL(path as string).href, options: {} }])
  expect(gauges['mine']).toMatchObject({ mean: 9 })
})

it('tells the means of a window while the trial goes on, and leaves a readable file when it is given up', async () => {
  const samplers = await TrialSamplers.open(
    [sampler('steady', steady('power', 7))],
    project.root,
    project.path('x.samples.arrows'),
    () => {},
  )
  samplers.start(process.hrtime.bigint())
  await expect.poll(() => samplers.means(0, SECOND)).toEqual({ power: 7 })
  expect(samplers.means(60 * SECOND, 61 * SECOND)).toEqual({ power: null })
  const { rows } = await readRecords(project.path('x.samples.arrows'))
  expect(rows).toBeGreaterThan(0)
  samplers.abandon()
  expect((await readRecords(project.path('x.samples.arrows'))).rows).toBeGreaterThanOrEqual(rows)
})

describe('a gauge that is watched', () => {
  /** Opens two samplers, of which the second one gives `level` for as many reads, and watches that. */
  async function watch(
    reads: number,
  ): Promise<{ samplers: TrialSamplers; readings: number[][]; lost: string[] }> {
    const readings: number[][] = []
    const lost: string[] = []
    const samplers = await TrialSamplers.open(
      [
        sampler('other', steady('power', 7)),
        sampler(
          'level',
          `let n = 0
           return { gauges: [{ name: 'unset', unit: '1' }, { name: 'level', unit: '1', bounds: [0, 1] }], period: 20e6,
             read(into) { if (++n > ${reads}) throw new Error('gone'); into[1] = n === 2 ? 7 : 0.5 } }`,
        ),
      ],
      project.root,
      null,
      () => {},
      {
        gauge: 'level',
        reading: (from, until, value) => readings.push([from, until, value]),
        lost: (problem) => lost.push(problem),
      },
    )
    return { samplers, readings, lost }
  }

  it('is known with all others when the samplers are open', async () => {
    const { samplers } = await watch(1e9)
    expect(samplers.opened.map(({ kind, period, problem }) => [kind, period, problem])).toEqual([
      ['other', 20e6, null],
      ['level', 20e6, null],
    ])
    expect(samplers.opened[1]?.gauges.at(1)).toMatchObject({ name: 'level', unit: '1', bounds: [0, 1] })
    samplers.abandon()
  })

  it('is told reading by reading, without those that cannot be, and lost when its sampler fails', async () => {
    const { samplers, readings, lost } = await watch(5)
    samplers.start(process.hrtime.bigint())
    await expect.poll(() => lost).toEqual(['gone'])
    expect(readings.map(([, , value]) => value)).toEqual([0.5, 0.5, 0.5, 0.5])
    for (const [from, until] of readings) expect(from).toBeLessThanOrEqual(until as number)
    samplers.abandon()
  })
})

it('names files that samplers write, which do not meet', async () => {
  const body = `const path = file('notes.txt')
    const { writeFileSync } = await import('node:fs')
    writeFileSync(path, options.text)
    ${steady("' + options.name + '", 1)}`
  const { samplers } = await trial([
    sampler('notes', body, { name: 'n1', text: 'one' }),
    sampler('notes', body, { name: 'n2', text: 'two' }),
    sampler('bad/name', `file('../out'); return { gauges: [], read() {} }`),
  ])
  const files = samplers.flatMap((report) => report.files ?? [])
  expect(files.map((path) => [basename(path), readFileSync(path, 'utf8')])).toEqual([
    ['x.notes.notes.txt', 'one'],
    ['x.notes-2.notes.txt', 'two'],
  ])
  expect(samplers[2]?.problem).toBe("'../out' is no name for a file of a sampler")
})
