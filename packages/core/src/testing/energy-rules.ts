import type { Gauge } from '../aide/sampler.ts'
import { combinePower } from '../metrics/energy/combine-power.ts'
import { Breach } from './breach.ts'
import type { EnergyCheckOptions } from './check-energy-source.ts'
import type { Rule } from './conformance.ts'
import type { OpenSampler, SamplerBench } from './sampler-bench.ts'

type EnergyBench = SamplerBench<EnergyCheckOptions>

/** Readings of one sampler. */
const ROUNDS = 5
const TOLERANCE = 0.05

export const ENERGY_RULES: readonly Rule<EnergyBench, EnergyCheckOptions>[] = [
  { name: 'it has gauges of power', run: checkGauges },
  { name: 'a power that is made of a counter covers the time since the reading before', run: checkCover },
  { name: 'power is never less than nothing', run: checkSign },
  { name: 'what it adds up to is what was used', needs: ['energy'], run: checkSum },
]

async function checkGauges(bench: EnergyBench): Promise<void> {
  if (powersOf(await bench.openFirst()).length === 0) throw new Breach('no gauge has a `power`.', true)
}

async function checkCover(bench: EnergyBench): Promise<void> {
  for (const { name, power, covers } of powersOf(await bench.open()))
    bench.require(
      power.method !== 'counter' || covers === 'interval',
      `'${name}' is made of a counter, and covers '${covers ?? 'instant'}'.`,
    )
}

async function checkSign(bench: EnergyBench): Promise<void> {
  const opened = await bench.open()
  for (const reading of await bench.readings(opened, ROUNDS))
    for (const { name } of powersOf(opened))
      bench.require(!((reading[name] ?? NaN) < 0), `'${name}' is ${reading[name]}.`)
}

/** As a trial's energy is made of readings. */
async function checkSum(bench: EnergyBench): Promise<void> {
  const { energy = () => 0, tolerance = TOLERANCE } = bench.options
  const opened = await bench.open()
  const readings = powersOf(opened).map(({ name, device = null, power }) => ({
    gauge: name,
    device,
    ...power,
    joules: 0,
    covered: 0,
  }))
  await bench.read(opened)
  const [before, began] = [await energy(), opened.last]
  for (let round = 0; round < ROUNDS; round++) {
    const since = opened.last
    await bench.pass(opened)
    const values = await bench.read(opened)
    const seconds = (opened.last - since) / 1e9
    for (const reading of readings) {
      const watts = values[reading.gauge] ?? NaN
      if (Number.isNaN(watts)) continue
      reading.joules += watts * seconds
      reading.covered += seconds
    }
  }
  const seconds = (opened.last - began) / 1e9
  const used = (await energy()) - before
  bench.require(used > 0, `nothing was used meanwhile: ${used} J.`)
  const combined = combinePower(readings, seconds)
  if (combined === null) throw new Breach(`there is no reading of it, and ${used} J were used.`)
  const joules = combined.power * seconds
  const gauges = combined.used.map(({ gauge }) => gauge).join(' + ')
  bench.require(
    Math.abs(joules - used) <= tolerance * used,
    `it is ${Number(joules.toPrecision(4))} J by ${gauges}, and ${Number(used.toPrecision(4))} J were used.`,
  )
}

type PowerGauge = Gauge & { readonly power: NonNullable<Gauge['power']> }

function powersOf({ sampler }: OpenSampler): readonly PowerGauge[] {
  return sampler.gauges.filter((gauge): gauge is PowerGauge => gauge.power !== undefined)
}
