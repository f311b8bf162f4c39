import type { Secret } from './secret.ts'

/** Who says how much carbon the electricity makes right now: asked by HTTP, once for each trial at most. */
export interface CarbonSource {
  /** In words, as results and reports show it. Default: the URL's host. */
  readonly name?: string
  /** Answers a GET with JSON. */
  readonly url: string
  /** Where in that JSON the g CO2e per kWh stand (RFC 6901); of several the first that is a number. */
  readonly pointer: string | readonly string[]
  /** What goes into the header: `env('NAME')` or `file('path')`, never the token itself. */
  readonly token?: Secret
  /** Default `'authorization'`. */
  readonly header?: string
}

/**
 * The latest intensity of a zone by Electricity Maps, which needs a token: https://www.electricitymaps.com.
 * @param options zone such as `'DE'` or `'US-CAL-CISO'`
 */
export function electricityMaps({
  zone,
  token,
}: {
  readonly zone: string
  readonly token: Secret
}): CarbonSource {
  return {
    name: `Electricity Maps, ${zone}`,
    url: `https://api.electricitymap.org/v3/carbon-intensity/latest?zone=${encodeURIComponent(zone)}`,
    pointer: '/carbonIntensity',
    token,
    header: 'auth-token',
  }
}

/** The intensity of Great Britain by its National Grid, without a token: https://carbonintensity.org.uk. */
export function nationalGrid(): CarbonSource {
  return {
    name: 'National Grid ESO, Great Britain',
    url: 'https://api.carbonintensity.org.uk/intensity',
    // What was is known half an hour later.
    pointer: ['/data/0/intensity/actual', '/data/0/intensity/forecast'],
  }
}
