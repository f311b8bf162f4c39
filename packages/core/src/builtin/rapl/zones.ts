import { join } from 'node:path'
import type { Gauge } from '../../session.ts'
import { namesIn, numberOf, textOf } from '../host-sampler/sys-folder.ts'

/** The same package is there a second time under `intel-rapl-mmio`, and must not count twice. */
const ZONE = /^intel-rapl:\d+(:\d+)?$/
const PACKAGE = /^package-(\d+)(?:-die-(\d+))?$/

/** A part of the machine that has a counter of its own. */
export interface Zone {
  /** As the kernel names it, under its package: `package-0`, `package-0/dram`. */
  readonly name: string
  /** The file of its counter, in µJ. */
  readonly counter: string
  /** The counter starts again from zero behind this, µJ; NaN when it is not known. */
  readonly range: number
  readonly gauge: Gauge
}

/**
 * The zones of a machine, those of a package behind it.
 * @param refused is told of zones whose counter may not be read
 * @throws {Error} when there are none, or none that may be read
 */
export function findZones(path: string, refused: (message: string) => void): readonly Zone[] {
  const names = namesIn(path).filter((name) => ZONE.test(name))
  if (names.length === 0) {
    throw new Error(
      `${path} has no energy counters of processors: virtual machines and containers seldom have them`,
    )
  }
  const found = names.map((name) => readZone(path, name))
  const zones = found.filter(({ counter }) => textOf(counter) !== '')
  const lost = found.filter((zone) => !zones.includes(zone)).map(({ name }) => name)
  if (zones.length === 0) {
    throw new Error(
      `the energy counters in ${path} may not be read: Linux lets only root do so (chmod a+r …/energy_uj lets everybody)`,
    )
  }
  if (lost.length > 0) refused(`the energy counters of ${lost.join(', ')} may not be read`)
  return zones
}

/**
 * Energy between two readings of a counter that starts again from zero after `range`, in µJ. A second start within that
 * time cannot be seen: at 200 W a counter of 32 bits starts again every 328 s at the earliest.
 */
export function energyBetween(before: number, after: number, range: number): number {
  return after >= before ? after - before : after + range - before
}

function readZone(path: string, id: string): Zone {
  const [, socket, part] = id.split(':')
  const own = textOf(join(path, id, 'name'))
  const parent = part === undefined ? null : textOf(join(path, `intel-rapl:${socket}`, 'name'))
  return {
    name: parent === null ? own : `${parent}/${own}`,
    counter: join(path, id, 'energy_uj'),
    range: numberOf(join(path, id, 'max_energy_range_uj')),
    gauge: gaugeOf(own, parent, socket ?? '0'),
  }
}

function gaugeOf(name: string, parent: string | null, socket: string): Gauge {
  const power = (gauge: string, role?: NonNullable<Gauge['power']>): Gauge => ({
    name: `${gauge}.power`,
    unit: 'W',
    device: parent === null ? name : `${parent}/${name}`,
    bounds: [0, 10_000],
    covers: 'interval',
    ...(role === undefined ? {} : { power: role }),
  })
  const [, number = socket, die] = PACKAGE.exec(parent ?? name) ?? []
  const cpu = die === undefined ? `cpu${number}` : `cpu${number}.die${die}`
  if (parent !== null) {
    // Cores and uncore are parts of the package; its memory is not.
    return name === 'dram'
      ? power(`${cpu}.memory`, { scope: 'memory', method: 'counter' })
      : power(`${cpu}.${wordOf(name)}`)
  }
  return PACKAGE.test(name) ? power(cpu, { scope: 'cpu', method: 'counter' }) : power(wordOf(name))
}

function wordOf(name: string): string {
  return name.replaceAll(/[^\w-]/g, '-').replace(/^(?![a-z])/i, 'zone-')
}
