import type { JsonObject } from '../units/json.ts'
import { listenerOf } from './proc.ts'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?|0\.0\.0\.0)$/

/**
 * The processes behind targets that are attached by URL: their CPU is not foreign. `remote` when none is on this
 * machine, `unknown` when one is but its process cannot be found.
 */
export function localServers(targets: readonly JsonObject[]): readonly number[] | 'remote' | 'unknown' {
  const ports = targets.flatMap((options) => {
    const address = addressOf(options)
    return address !== null && LOOPBACK.test(address.host) ? [address.port] : []
  })
  if (ports.length === 0) return 'remote'
  const processes = ports.map((port) => listenerOf(port))
  return processes.includes(null) ? 'unknown' : (processes as number[])
}

/** The port of an address on this machine; `null` for any other address. */
export function loopbackPort(url: string): number | null {
  const address = parseAddress(url)
  return address !== null && LOOPBACK.test(address.host) ? address.port : null
}

interface Address {
  readonly host: string
  readonly port: number
}

/** A target says where it is by a `url`, by convention. */
function addressOf({ url }: JsonObject): Address | null {
  return typeof url === 'string' ? parseAddress(url) : null
}

function parseAddress(text: string): Address | null {
  try {
    const url = new URL(text.includes('://') ? text : `http://${text}`)
    const fallback = url.protocol === 'https:' ? 443 : 80
    return { host: url.hostname, port: url.port === '' ? fallback : Number(url.port) }
  } catch {
    return null
  }
}
