import { MOST_HEADROOM } from '../dsl/capacity-plan.ts'
import {
  join,
  readBytes,
  readCount,
  readDuration,
  readFields,
  readNumber,
  readPositive,
} from '../dsl/fields.ts'
import { show, type Problems } from '../dsl/problems.ts'
import { isSecret } from '../dsl/secret.ts'
import type { JsonValue } from '../units/json.ts'

/** How one setting is read: plain data, or what is wrong with it among the problems. */
export type Read = (problems: Problems, path: string, value: unknown) => JsonValue | undefined

const MOST = 1e12
const text: Read = (problems, path, value) => {
  if (typeof value === 'string' && value !== '' && value.length <= 1000) return value
  problems.error(path, `expected text, not ${show(value)}.`)
  return undefined
}
const currency: Read = (problems, path, value) => {
  if (typeof value === 'string' && /^[A-Z]{3}$/.test(value)) return value
  problems.error(path, `expected a currency of three letters, such as 'USD', not ${show(value)}.`)
  return undefined
}
const between =
  (min: number, max: number): Read =>
  (problems, path, value) =>
    readNumber(problems, path, value, { min, max })
const share: Read = (problems, path, value) => {
  if (typeof value === 'number' && value > 0 && value <= 1) return value
  problems.error(path, `expected a share above 0 and at most 1, not ${show(value)}.`)
  return undefined
}
const positive =
  (unit: string): Read =>
  (problems, path, value) =>
    readPositive(problems, path, value, unit)
const pue = between(1, 10)
const money = positive('a sum of money')

/** Settings of energy and cost by their dotted paths. */
export const EFFICIENCY_SETTINGS: Readonly<Record<string, Read>> = {
  'energy.idle': (problems, path, value) => readDuration(problems, path, value),
  'energy.region': text,
  'energy.intensity': between(0, 3000),
  'energy.table': text,
  'energy.pue': pue,
  'energy.embodied': group(
    { kilograms: positive('kilograms of CO2e'), years: positive('years of use'), share },
    { share: 1 },
  ),
  'energy.live': readLive,
  'cost.prices': text,
  'cost.shape': text,
  'cost.price': money,
  'cost.currency': currency,
  'cost.nodes': (problems, path, value) => readCount(problems, path, value, { max: 1_000_000 }),
  'cost.hoursPerMonth': between(1, 744),
  'cost.utilization': share,
  'cost.serverless': group({ service: text, memory: (...of) => readBytes(...of) }, {}),
  'cost.own': group(
    {
      price: money,
      years: positive('years of use'),
      perKWh: between(0, MOST),
      watts: positive('watts'),
      pue,
      utilization: share,
    },
    { watts: null, pue: null, utilization: 1 },
  ),
  'cost.budget': money,
  'cost.demand': positive('requests per second'),
  'cost.headroom': between(0, MOST_HEADROOM),
}

const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/

/** A source that is asked by HTTP. Its token is a reference, never text. */
function readLive(problems: Problems, path: string, value: unknown): JsonValue | undefined {
  const fields = readFields(problems, path, value, ['name', 'url', 'pointer', 'token', 'header'])
  if (fields === undefined) return undefined
  const { name, url, pointer, token = null, header = 'authorization' } = fields
  const before = problems.errors.length
  const address = typeof url === 'string' && URL.canParse(url) ? new URL(url) : null
  if (
    address === null ||
    !/^https?:$/.test(address.protocol) ||
    `${address.username}${address.password}` !== ''
  )
    problems.error(join(path, 'url'), 'expected a URL of http or https, without credentials.')
  const pointers: readonly unknown[] = Array.isArray(pointer) ? pointer : [pointer]
  if (pointers.length === 0 || !pointers.every((one) => typeof one === 'string' && one.startsWith('/')))
    problems.error(
      join(path, 'pointer'),
      `expected a place in JSON such as '/carbonIntensity', not ${show(pointer)}.`,
    )
  if (token !== null && !isSecret(token))
    problems.error(join(path, 'token'), "expected env('NAME') or file('path'): tokens are not written down.")
  if (typeof header !== 'string' || !HEADER.test(header))
    problems.error(join(path, 'header'), `expected the name of a header, not ${show(header)}.`)
  const title = name === undefined ? (address?.host ?? '') : text(problems, join(path, 'name'), name)
  return problems.errors.length > before || title === undefined
    ? undefined
    : ({ name: title, url, pointers, token, header } as JsonValue)
}

/** An object that is given as a whole: what has no default has to be there. */
function group(members: Readonly<Record<string, Read>>, defaults: Readonly<Record<string, JsonValue>>): Read {
  return (problems, path, value) => {
    const fields = readFields(problems, path, value, Object.keys(members))
    if (fields === undefined) return undefined
    const entries = Object.entries(members).map(([name, read]) => {
      const given = fields[name]
      const isLeftOut = given === undefined && name in defaults
      return [name, isLeftOut ? defaults[name] : read(problems, join(path, name), given)] as const
    })
    return entries.some(([, read]) => read === undefined) ? undefined : Object.fromEntries(entries)
  }
}
