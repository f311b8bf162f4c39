import { readdirSync } from 'node:fs'
import type { ServerlessPrice } from '../../metrics/cost/cost.ts'
import type { Problem } from '../../errors/validation-error.ts'
import { Checker, ownFile, readDataFile } from './data-file.ts'

/** Prices of one provider in one region, as of a day. */
export interface PriceList {
  readonly provider: string
  readonly region: string
  readonly currency: string
  /** ISO date. */
  readonly asOf: string
  /** For example `on-demand`. */
  readonly pricing: string
  readonly source: string
  /** Per hour, by shape. */
  readonly shapes: ReadonlyMap<string, number>
  /** Of shapes that are put together: `e2-custom-4-8` has 4 CPUs and 8 GiB of the family `e2`. */
  readonly families: ReadonlyMap<string, { readonly perCpuHour: number; readonly perGiBHour: number }>
  readonly serverless: ReadonlyMap<string, ServerlessPrice>
}

const MEMBERS = [
  'provider',
  'region',
  'currency',
  'asOf',
  'pricing',
  'source',
  'shapes',
  'families',
  'serverless',
]
const SHAPE = ['perHour', 'cpus', 'memory', 'accelerator']
const MOST = 100_000
const CUSTOM = /^(.+)-custom-(\d+)-(\d+(?:\.\d+)?)$/
const OWN = /^(\w+)-\d{4}-\d{2}\.json$/

/** The providers of which servebench has a list, with the name of the newest one. */
export function ownPriceLists(): ReadonlyMap<string, string> {
  const lists = readdirSync(ownFile('prices')).sort()
  return new Map(
    lists.flatMap(
      (name) =>
        OWN.exec(name)
          ?.slice(1, 2)
          .map((provider) => [provider, name]) ?? [],
    ),
  )
}

/**
 * Reads a list of prices.
 * @param name a provider of which servebench has a list (`aws`, `gcp`, `azure`), or a path relative to `root`
 * @throws {ValidationError} with all that is wrong
 */
export function readPriceList(name: string, root: string): PriceList {
  const own = ownPriceLists().get(name)
  return readDataFile(
    'The price file',
    own === undefined ? name : ownFile(`prices/${own}`),
    root,
    checkPriceList,
  )
}

/** Per hour of a machine of that shape; `undefined` when the list has none. */
export function priceOf({ shapes, families }: PriceList, shape: string): number | undefined {
  const known = shapes.get(shape)
  if (known !== undefined) return known
  const [, family = '', cpus, gibibytes] = CUSTOM.exec(shape) ?? []
  const parts = families.get(family)
  return parts === undefined
    ? undefined
    : Number(cpus) * parts.perCpuHour + Number(gibibytes) * parts.perGiBHour
}

export function checkPriceList(content: unknown, problems: Problem[]): PriceList {
  const check = new Checker(problems)
  const file = check.object('', content, MEMBERS)
  const text = (name: string, expected: string, pattern = /\S/): string =>
    check.text(name, file[name], pattern, expected)
  const price = (path: string, value: unknown): number =>
    check.number(path, value, Number.MIN_VALUE, MOST, `a price above 0 and at most ${MOST}`)
  const shapes = Object.entries(check.object('shapes', file['shapes'])).map(([name, value]) => {
    const shape = check.object(`shapes.${name}`, value, SHAPE)
    return [name, price(`shapes.${name}.perHour`, shape['perHour'])] as const
  })
  const families = group(check, file, 'families', ['perCpuHour', 'perGiBHour'], price)
  const serverless = group(check, file, 'serverless', ['perGiBSecond', 'perMillionRequests'], price)
  if (shapes.length + families.length + serverless.length === 0)
    check.add('shapes', 'expected one shape at least.')
  return {
    provider: text('provider', "the provider's name"),
    region: text('region', 'the region that the prices are of'),
    currency: text('currency', "a currency of three letters, such as 'USD'", /^[A-Z]{3}$/),
    asOf: readDate(check, file['asOf']),
    pricing: text('pricing', "what is paid for, such as 'on-demand'"),
    source: text('source', 'where the prices are from'),
    shapes: new Map(shapes),
    families: new Map(families as never),
    serverless: new Map(serverless as never),
  }
}

function group(
  check: Checker,
  file: Readonly<Record<string, unknown>>,
  name: string,
  members: readonly string[],
  price: (path: string, value: unknown) => number,
): readonly (readonly [string, Readonly<Record<string, number>>])[] {
  if (file[name] === undefined) return []
  return Object.entries(check.object(name, file[name])).map(([key, value]) => {
    const fields = check.object(`${name}.${key}`, value, members)
    return [
      key,
      Object.fromEntries(
        members.map((member) => [member, price(`${name}.${key}.${member}`, fields[member])]),
      ),
    ]
  })
}

function readDate(check: Checker, value: unknown): string {
  const date = check.text('asOf', value, /^\d{4}-\d{2}-\d{2}$/, "the day of the prices, such as '2026-01-31'")
  if (date !== '' && Number.isNaN(Date.parse(date))) check.add('asOf', `there is no such day: ${date}.`)
  return date
}
