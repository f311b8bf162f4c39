import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Tool, Told } from '../tool.ts'

const SCRIPT = fileURLToPath(new URL('../scripts/grpc-js.ts', import.meta.url))
const require = createRequire(import.meta.url)

function manifest(): string | null {
  try {
    return require.resolve('@grpc/grpc-js/package.json')
  } catch {
    return null
  }
}

/** What one writes in Node without a load generator. */
export const grpcJs: Tool = {
  name: 'grpc-js',
  find: manifest,
  version: () => (JSON.parse(readFileSync(manifest() as string, 'utf8')) as { version: string }).version,
  grpc: ({ authority, concurrency, seconds, messageFile }) => ({
    arguments: [process.execPath, SCRIPT, authority, String(concurrency), String(seconds), messageFile],
    parse: (stdout) => JSON.parse(stdout) as Told,
  }),
}
