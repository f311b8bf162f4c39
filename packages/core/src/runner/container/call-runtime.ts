import { execFile } from 'node:child_process'
import type { ContainerRuntime } from '../../dsl/container.ts'

/** A runtime whose service does not answer must not hold up everything. */
const PATIENCE_MS = 30_000
const MOST_OUTPUT = 16 * 1024 * 1024

/** What a call of a runtime came to; no code where there is no such program, or where it did not end in time. */
export interface RuntimeAnswer {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  readonly isMissing: boolean
}

/** Calls `docker` or `podman` for something that takes a moment. */
export function callRuntime(
  runtime: ContainerRuntime,
  args: readonly string[],
  { signal, patience = PATIENCE_MS }: { readonly signal?: AbortSignal; readonly patience?: number } = {},
): Promise<RuntimeAnswer> {
  return new Promise((resolve) => {
    const options = { timeout: patience, maxBuffer: MOST_OUTPUT, ...(signal === undefined ? {} : { signal }) }
    execFile(runtime, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : null
      resolve({ code, stdout, stderr, isMissing: (error as NodeJS.ErrnoException | null)?.code === 'ENOENT' })
    })
  })
}

/** The line that says what went wrong: the last one that is no advice on how to call the program. */
export function complaintOf(output: string): string {
  const lines = output.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]))
  const said = lines.filter((line) => !/^(?:Usage:|(?:Run|See) ')|--help/.test(line))
  const line =
    said.findLast((each) => /error|cannot|denied|fail|no such|not found|unknown/i.test(each)) ?? said.at(-1)
  return (line ?? 'it has said nothing').replace(/^(?:docker: |Error: |Error response from daemon: )+/i, '')
}
