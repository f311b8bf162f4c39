import { isGrpc } from '../target.ts'
import type { OipProtocol } from '../target.ts'
import { GrpcClient } from './grpc-client.ts'
import { HttpClient } from './http-client.ts'
import type { OipClient, OipClientOptions } from './oip-client.ts'

export function createClient(url: string, protocol: OipProtocol, options: OipClientOptions): OipClient {
  return isGrpc(protocol) ? new GrpcClient(url, options) : new HttpClient(url, options)
}
