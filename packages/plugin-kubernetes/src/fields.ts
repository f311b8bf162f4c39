import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ExitCode, ServebenchError } from 'servebench/plugin'

/** An object of a file that somebody else has written. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}

export function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** PEM, in the file itself or beside it. */
export async function material(fields: Fields, name: string, folder: string): Promise<string | null> {
  const data = fields[`${name}-data`]
  if (typeof data === 'string') return Buffer.from(data, 'base64').toString()
  const file = fields[name]
  return typeof file === 'string' ? readBeside(file, folder) : null
}

export async function readBeside(file: string, folder: string): Promise<string> {
  return readFile(resolve(folder, file), 'utf8').catch((cause: unknown) => {
    throw kubeconfigError(
      `${resolve(folder, file)}, which the kubeconfig names, cannot be read.`,
      undefined,
      cause,
    )
  })
}

export function kubeconfigError(message: string, advice?: string, cause?: unknown): ServebenchError {
  return new ServebenchError('SERVEBENCH_KUBECONFIG', message, {
    exitCode: ExitCode.usage,
    ...(advice === undefined ? {} : { advice }),
    ...(cause === undefined ? {} : { cause }),
  })
}
