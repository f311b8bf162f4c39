import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WireWriter } from '../../src/wire/wire-writer.ts'

const MAIN = fileURLToPath(new URL('../../../plugin-onnxruntime/src/server/main.ts', import.meta.url))

/** Element types of ONNX by the protocol's names: all that ONNX Runtime's CPU provider copies. */
export const ELEMENT_TYPES = {
  BOOL: 9,
  UINT8: 2,
  UINT16: 4,
  UINT32: 12,
  UINT64: 13,
  INT8: 3,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  FP16: 10,
  FP32: 1,
  FP64: 11,
  BYTES: 8,
} as const

/**
 * A real server, in a process of its own. Its models copy inputs of all types, `in_<type>` to `out_<type>`: `copy` of all,
 * `plain` of those that JSON can carry.
 */
export class OnnxServer {
  readonly http: string
  readonly grpc: string
  readonly #process: ChildProcess
  readonly #directory: string

  private constructor(
    process: ChildProcess,
    directory: string,
    endpoints: { readonly http: string; readonly grpc: string },
  ) {
    this.#process = process
    this.#directory = directory
    this.http = endpoints.http
    this.grpc = endpoints.grpc
  }

  static async start(): Promise<OnnxServer> {
    const directory = mkdtempSync(join(tmpdir(), 'servebench-oip-'))
    const types = Object.entries(ELEMENT_TYPES)
    const models = [join(directory, 'copy.onnx'), join(directory, 'plain.onnx')] as const
    writeFileSync(models[0], copyModel(types))
    writeFileSync(models[1], copyModel(types.filter(([name]) => name !== 'FP16')))
    const options = ['--http-port=0', '--grpc-port=0', '--max-batch-size=4', '--guarded']
    const args = ['--conditions=servebench-source', MAIN, ...options, ...models]
    const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    let errors = ''
    server.stderr.on('data', (chunk: Buffer) => (errors += String(chunk)))
    const line = await new Promise<string>((resolve, reject) => {
      let text = ''
      server.stdout.on('data', (chunk: Buffer) => {
        text += String(chunk)
        if (text.includes('\n')) resolve(text)
      })
      server.once('exit', () => reject(new Error(`The server ended: ${errors}`)))
    })
    return new OnnxServer(server, directory, JSON.parse(line))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await exited
    rmSync(this.#directory, { recursive: true })
  }
}

/** https://github.com/onnx/onnx/blob/main/onnx/onnx.proto: ModelProto, GraphProto, NodeProto, ValueInfoProto. */
function copyModel(types: readonly (readonly [name: string, type: number])[]): Uint8Array {
  const value = (writer: WireWriter, name: string, type: number): WireWriter =>
    writer
      .string(1, name)
      .message(2, (typed) =>
        typed.message(1, (tensor) =>
          tensor
            .integer(1, type)
            .message(2, (shape) =>
              shape.message(1, (rows) => rows.string(2, 'N')).message(1, (columns) => columns.integer(1, 3)),
            ),
        ),
      )
  return new WireWriter()
    .integer(1, 8)
    .message(7, (graph) => {
      for (const [name] of types) {
        graph.message(1, (node) =>
          node.string(1, `in_${name}`).string(2, `out_${name}`).string(4, 'Identity'),
        )
      }
      graph.string(2, 'copy')
      for (const [name, type] of types) graph.message(11, (input) => value(input, `in_${name}`, type))
      for (const [name, type] of types) graph.message(12, (output) => value(output, `out_${name}`, type))
    })
    .message(8, (operators) => operators.string(1, '').integer(2, 17))
    .finish()
}
