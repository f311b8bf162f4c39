import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import path from 'node:path'

const SERVERS = fileURLToPath(new URL('../servers/', import.meta.url))
const BUILT = fileURLToPath(new URL('../.cache/bin/', import.meta.url))

const PROGRAMS = ['truth-server', 'measure'] as const
type Program = (typeof PROGRAMS)[number]

/** What to install, in a sentence, when the C programs are not built and cannot be; else `null`. */
export function compilerProblem(search: string = searchPath()): string | null {
  if (findExecutable('cc', search) !== null || PROGRAMS.every(isBuilt)) return null
  return 'This benchmark needs a C compiler, and there is no `cc` on the path: install one (Debian, Ubuntu: apt install gcc libc6-dev; Fedora: dnf install gcc; macOS: xcode-select --install).'
}

/** Compiles one of the C programs in `bench/servers`, unless a build newer than its source is there. */
export function buildNative(name: Program): string {
  const binary = path.join(BUILT, name)
  if (!isBuilt(name)) {
    const problem = compilerProblem()
    if (problem !== null) throw new Error(problem)
    mkdirSync(BUILT, { recursive: true })
    execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', binary, sourceOf(name)], { stdio: 'inherit' })
  }
  return binary
}

function isBuilt(name: Program): boolean {
  const built = statSync(path.join(BUILT, name), { throwIfNoEntry: false })
  return built !== undefined && built.mtimeMs >= statSync(sourceOf(name)).mtimeMs
}

function sourceOf(name: Program): string {
  return path.join(SERVERS, `${name}.c`)
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
export function findExecutable(name: string, search: string = searchPath()): string | null {
  const candidates = name.includes('/')
    ? [name]
    : search.split(path.delimiter).map((folder) => path.join(folder, name))
  return candidates.find((candidate) => existsSync(candidate)) ?? null
}

function searchPath(): string {
  return process.env['PATH'] ?? ''
}
