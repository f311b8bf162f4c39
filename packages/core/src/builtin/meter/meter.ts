import type { Duration, JsonObject, SamplerSpec, Secret } from '../../plugin.ts'

/** Where a meter's value is found in what it answers, and what it is. */
export interface MeterReading {
  /** Of JSON: `'/PowerControl/0/PowerConsumedWatts'` (RFC 6901). */
  readonly pointer?: string
  /** Of text: a regular expression whose first group is the number. By default the first number of all. */
  readonly pattern?: string
  /** `'W'` by default; of a counter of energy `'J'`, `'Wh'` or `'kWh'`, of which the power is made. */
  readonly unit?: MeterUnit
}

export type MeterUnit = 'mW' | 'W' | 'kW' | 'J' | 'Wh' | 'kWh'

interface MeterCommon extends MeterReading {
  /** Between readings; `'1s'` by default, which is how often most meters know better. */
  readonly period?: Duration
  /** Of the gauge, which is `NAME.power`; `'meter'` by default. Two meters have two names. */
  readonly name?: string
  /** What it measures. `'system'` (the default), everything at the wall, is preferred to all other sources of energy. */
  readonly scope?: 'system' | 'accelerator' | 'cpu' | 'memory'
}

export type MeterSamplerOptions = MeterCommon &
  (
    | {
        /** A program and its arguments, run for each reading; it prints the value. No shell is involved. */
        readonly command: readonly string[]
      }
    | {
        /** Answers a GET with the value. */
        readonly url: string
        readonly headers?: Readonly<Record<string, string | Secret | readonly (string | Secret)[]>>
      }
    | {
        /** A file that the meter's logger adds lines to: a time and a value, by comma, semicolon or tab. */
        readonly csv: string
        /** Names of the columns in its first line, or their numbers from 0. Default: the first two. */
        readonly columns?: { readonly time?: string | number; readonly value?: string | number }
        /** How far the meter's clock is ahead of this machine's; `'-2s'` when it is behind. Default `'0s'`. */
        readonly clockOffset?: string
      }
  )

/**
 * An external power meter: what a command prints, what a URL answers, or what a logger writes to a file.
 * @example samplers: [meterSampler({ csv: 'wall.csv', columns: { time: 'Timestamp', value: 'Watts' } })]
 */
export function meterSampler(options: MeterSamplerOptions): SamplerSpec {
  return { kind: 'meter', package: 'servebench', options: options as unknown as JsonObject }
}

/** The power supplies of this machine, as its management controller knows them (IPMI DCMI, through `ipmitool`). */
export function ipmiMeter(
  options: { readonly period?: Duration; readonly args?: readonly string[] } = {},
): SamplerSpec {
  const { period = '1s', args = [] } = options
  return meterSampler({
    command: ['ipmitool', ...args, 'dcmi', 'power', 'reading'],
    pattern: 'Instantaneous power reading:\\s*(\\d+)',
    period,
  })
}

export interface RedfishMeterOptions {
  /** Of the management controller: `'https://bmc-7'`. */
  readonly url: string
  /** Name of the chassis; `'1'` by default. */
  readonly chassis?: string
  readonly headers?: Readonly<Record<string, string | Secret | readonly (string | Secret)[]>>
  readonly period?: Duration
}

/** The power of a chassis, as its management controller knows it (Redfish). */
export function redfishMeter({
  url,
  chassis = '1',
  headers,
  period = '1s',
}: RedfishMeterOptions): SamplerSpec {
  return meterSampler({
    url: new URL(`/redfish/v1/Chassis/${encodeURIComponent(chassis)}/Power`, url).href,
    pointer: '/PowerControl/0/PowerConsumedWatts',
    period,
    ...(headers === undefined ? {} : { headers }),
  })
}

export interface PduMeterOptions {
  readonly host: string
  /** Of the outlet's power; see the MIB of the PDU. */
  readonly oid: string
  readonly unit?: MeterUnit
  readonly period?: Duration
  /** Arguments of `snmpget` that say who asks; `['-v2c', '-c', 'public']` by default. */
  readonly access?: readonly string[]
}

/** An outlet of a power distribution unit (SNMP, through `snmpget`). */
export function pduMeter({ host, oid, unit = 'W', period = '1s', access }: PduMeterOptions): SamplerSpec {
  return meterSampler({
    command: ['snmpget', ...(access ?? ['-v2c', '-c', 'public']), '-Oqv', host, oid],
    unit,
    period,
  })
}
