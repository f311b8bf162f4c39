import { describeSampler } from '../aide/describe-sampler.ts'
import { canonicalJson } from '../units/json.ts'
import { Breach, isPlain, show } from './breach.ts'
import type { SamplerCheckOptions } from './check-sampler.ts'
import type { Rule } from './conformance.ts'
import type { OpenSampler, SamplerBench } from './sampler-bench.ts'

/** Readings of one sampler. */
const ROUNDS = 5

/** In this order: the last one needs the device to be gone. */
export const SAMPLER_RULES: readonly Rule<SamplerBench, SamplerCheckOptions>[] = [
  { name: 'the reference is plain data, and its module makes a sampler', run: checkReference },
  { name: 'it has gauges, the same ones each time', run: checkGauges },
  { name: 'readings lie inside their bounds, or are gaps', run: checkBounds },
  { name: 'every gauge has a value at last', run: checkValues },
  { name: 'readings are right', needs: ['accept'], run: checkReadings },
  { name: 'two readings at one instant make nothing infinite', run: checkInstant },
  { name: 'a sampler that is disposed does not disturb another one', run: checkPair },
  { name: 'disposing leaves nothing behind, also without a reading', run: checkDispose },
  { name: 'a device that is not there is refused in words', needs: ['absent'], run: checkAbsent },
  { name: 'a device that is lost is told, and is not measured as zero', needs: ['lose'], run: checkLost },
]

async function checkReference(bench: SamplerBench): Promise<void> {
  bench.require(isPlain(bench.reference.options), 'the options are not plain data.')
  await bench.module()
  await bench.close(await bench.openFirst())
}

async function checkGauges(bench: SamplerBench): Promise<void> {
  const first = await bench.open()
  const second = await bench.open()
  bench.require(first.description.gauges.length > 0, 'it has none.')
  const names = canonicalOf(first)
  bench.require(canonicalOf(second) === names, 'another one of the same options has other gauges.')
  await bench.readings(first, 2)
  bench.require(canonicalJson(describeAgain(first)) === names, 'they change while it is read.')
}

async function checkBounds(bench: SamplerBench): Promise<void> {
  const opened = await bench.open()
  for (const reading of await bench.readings(opened, ROUNDS)) requireBounds(bench, opened, reading)
}

async function checkValues(bench: SamplerBench): Promise<void> {
  const { silent = [] } = bench.options
  const readings = await bench.readings(await bench.open(), ROUNDS)
  const empty = Object.keys(readings[0] ?? {}).filter(
    (name) => !silent.includes(name) && readings.every((reading) => Number.isNaN(reading[name])),
  )
  bench.require(empty.length === 0, `there are none of ${empty.join(', ')} in ${ROUNDS} readings.`)
}

async function checkReadings(bench: SamplerBench): Promise<void> {
  const readings = await bench.readings(await bench.open(), 3)
  const { accept = () => true } = bench.options
  if (!accept(readings)) throw new Breach(`they are not accepted: ${show(readings)}.`)
}

async function checkInstant(bench: SamplerBench): Promise<void> {
  const opened = await bench.open()
  await bench.read(opened)
  await bench.pass(opened)
  await bench.read(opened)
  const into = new Float64Array(opened.description.gauges.length).fill(NaN)
  await bench.within(
    Promise.resolve().then(() => opened.sampler.read(into, opened.last)),
    '`read`',
  )
  const names = opened.description.gauges.map(({ name }) => name)
  requireBounds(bench, opened, Object.fromEntries(names.map((name, index) => [name, into[index] as number])))
}

async function checkPair(bench: SamplerBench): Promise<void> {
  const [first, second] = [await bench.open(), await bench.open()]
  await bench.readings(first, 2)
  await bench.readings(second, 2)
  await bench.close(first)
  const [after = {}] = (await bench.readings(second, 2)).toReversed()
  bench.require(
    Object.values(after).some((value) => !Number.isNaN(value)),
    'the other one reads nothing any more.',
  )
}

async function checkDispose(bench: SamplerBench): Promise<void> {
  const before = held()
  await bench.close(await bench.open())
  const opened = await bench.open()
  await bench.readings(opened, 2)
  await bench.close(opened)
  const left = (): string[] =>
    [...held()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
  if (await bench.until(() => left().length === 0)) return
  throw new Breach(`it leaves ${left().join(', ')} behind.`)
}

async function checkAbsent(bench: SamplerBench): Promise<void> {
  let opened: OpenSampler
  try {
    opened = await bench.open(bench.options.absent)
  } catch (error) {
    if (error instanceof Breach) throw error
    bench.require(error instanceof Error && error.message !== '', `${show(error)} says nothing.`)
    return
  }
  throw new Breach(`it makes a sampler of ${opened.description.gauges.length} gauges.`)
}

/** A gap in all gauges, or an error. */
async function checkLost(bench: SamplerBench): Promise<void> {
  const opened = await bench.open()
  await bench.readings(opened, 2)
  bench.warnings.length = 0
  await bench.options.lose?.()
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await bench.pass(opened)
      const values = Object.entries(await bench.read(opened))
      if (values.every(([, value]) => Number.isNaN(value)) && bench.warnings.length > 0) return
      const zeros = values.filter(([, value]) => value === 0).map(([name]) => name)
      bench.require(zeros.length < values.length, `${zeros.join(', ')} are zero.`)
    }
  } catch (error) {
    if (error instanceof Breach) throw error
    bench.require(error instanceof Error && error.message !== '', `${show(error)} says nothing.`)
    return
  }
  throw new Breach('it says nothing.')
}

function requireBounds(
  bench: SamplerBench,
  { description }: OpenSampler,
  reading: Readonly<Record<string, number>>,
): void {
  for (const { name, bounds } of description.gauges) {
    const value = reading[name] as number
    bench.require(
      Number.isNaN(value) || (Number.isFinite(value) && value >= bounds[0] && value <= bounds[1]),
      `'${name}' is ${value}.`,
    )
  }
}

function canonicalOf({ description }: OpenSampler): string {
  return canonicalJson(plain(description))
}

function describeAgain({ sampler }: OpenSampler): ReturnType<typeof plain> {
  return plain(describeSampler(sampler))
}

function plain({ gauges, period }: OpenSampler['description']): { gauges: string[]; period: number } {
  return {
    gauges: gauges.map(({ name, unit, device, covers }) => `${name} ${unit} ${device ?? ''} ${covers}`),
    period,
  }
}

/** How many of each kind keep this thread alive. */
function held(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}
