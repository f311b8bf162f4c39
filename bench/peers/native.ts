import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import path from 'node:path'

const SERVERS = fileURLToPath(new URL('../servers/', import.meta.url))
const BUILT = fileURLToPath(new URL('../.cache/bin/', import.meta.url))

/** Compiles one of the C programs in `bench/servers`, unless a build newer than its source is there. */
export function buildNative(name: 'truth-server' | 'measure'): string {
  const source = path.join(SERVERS, `${name}.c`)
  const binary = path.join(BUILT, name)
  mkdirSync(BUILT, { recursive: true })
  if (!existsSync(binary) || statSync(binary).mtimeMs < statSync(source).mtimeMs) {
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', binary, source], { stdio: 'inherit' })
  }
  return binary
}

/** Builds the Go server that answers every gRPC message with itself; `null` without Go. */
export function buildGrpcEcho(): string | null {
  return buildGo('grpc-echo')
}

/** Builds one of the Go programs in `bench/servers`; `null` without Go. */
export function buildGo(name: 'grpc-echo' | 'null-model'): string | null {
  const folder = path.join(SERVERS, name)
  const binary = path.join(BUILT, name)
  if (!existsSync(folder) || findExecutable('go') === null) return null
  mkdirSync(BUILT, { recursive: true })
  execFileSync('go', ['build', '-o', binary, '.'], { cwd: folder, stdio: 'inherit' })
  return binary
}

/** The path of a program on PATH, or of the program at that path. */
export function findExecutable(name: string): string | null {
  const candidates = name.includes('/')
    ? [name]
    : (process.env['PATH'] ?? '').split(path.delimiter).map((folder) => path.join(folder, name))
  return candidates.find((candidate) => existsSync(candidate)) ?? null
}
