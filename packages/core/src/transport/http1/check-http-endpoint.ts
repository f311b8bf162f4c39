import { checkEndpoint } from '../socket/check-endpoint.ts'
import type { EndpointCheck } from '../socket/check-endpoint.ts'
import { parseEndpoint } from '../socket/endpoint.ts'
import { loadTlsMaterial } from '../tls/tls-material.ts'
import type { TlsOptions } from '../tls/tls-options.ts'

/**
 * The part of a preflight that all HTTP/1.1 targets share: reads the TLS material, opens one connection and closes it.
 * @throws {ServebenchError} with what is wrong: URL, secret, certificate, address, port, or scheme
 */
export async function checkHttpEndpoint(
  url: string,
  tls: TlsOptions = {},
  signal?: AbortSignal,
): Promise<EndpointCheck> {
  const endpoint = parseEndpoint(url)
  return checkEndpoint(endpoint, endpoint.secure ? loadTlsMaterial(tls, ['http/1.1']) : null, signal)
}
