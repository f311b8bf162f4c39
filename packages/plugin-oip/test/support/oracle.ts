import { fileURLToPath } from 'node:url'
import { loadPackageDefinition } from '@grpc/grpc-js'
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

type Message = Record<string, unknown>

/** The protocol as protobufjs and grpc-js see it. */
export const service: ServiceDefinition = loadService()

/** Encodes and decodes requests and answers of one method, by protobufjs. */
export function oracle(method: string): {
  readRequest(bytes: Uint8Array): Message
  writeAnswer(answer: Message): Buffer
  readAnswer(bytes: Uint8Array): Message
  writeRequest(request: Message): Buffer
} {
  const { requestDeserialize, responseSerialize, responseDeserialize, requestSerialize } = service[
    method
  ] as MethodDefinition<Message, Message>
  return {
    readRequest: (bytes) => requestDeserialize(Buffer.from(bytes)),
    writeAnswer: responseSerialize,
    readAnswer: (bytes) => responseDeserialize(Buffer.from(bytes)),
    writeRequest: requestSerialize,
  }
}

function loadService(): ServiceDefinition {
  const path = fileURLToPath(new URL('./inference.proto', import.meta.url))
  const loaded = loadPackageDefinition(
    loadSync(path, { keepCase: true, longs: String, enums: String, oneofs: true }),
  )
  const { GRPCInferenceService } = loaded['inference'] as unknown as {
    GRPCInferenceService: { service: ServiceDefinition }
  }
  return GRPCInferenceService.service
}
