import { inspect } from 'node:util'
import pc from 'picocolors'
import { ServebenchError } from '../errors/servebench-error.ts'
import { PluginError } from '../errors/plugin-error.ts'
import { printableLines } from '../report/printable.ts'

/** Whether people look at the output as it comes, rather than a file, a pipe or a CI log. */
export function isInteractive(): boolean {
  return process.stdout.isTTY && process.stderr.isTTY && !isCi()
}

export function isCi(): boolean {
  const { CI } = process.env
  return CI !== undefined && CI !== '' && CI !== '0' && CI !== 'false'
}

export function colorsWanted(): boolean {
  return pc.isColorSupported
}

/** An error for people: what happened, then what to do; the stack only for defects, or when it is asked for. */
export function formatError(error: unknown): string {
  const lines: string[] = []
  if (error instanceof ServebenchError) {
    lines.push(`${pc.red('Error')} ${pc.dim(error.code)}  ${error.message}`)
    if (error.detail !== undefined) lines.push(pc.dim(printableLines(error.detail).join('\n')))
    if (error.advice !== undefined) lines.push(`${pc.cyan('→')} ${error.advice}`)
    if (error instanceof PluginError && !(error.cause instanceof ServebenchError))
      lines.push(stackOf(error.cause))
    else if (process.env.SERVEBENCH_DEBUG) lines.push(stackOf(error))
  } else {
    lines.push(`${pc.red('Internal error')}  ${error instanceof Error ? error.message : String(error)}`)
    lines.push(stackOf(error))
    lines.push(
      `${pc.cyan('→')} This is a defect of servebench or of a plugin: please report it with the lines above.`,
    )
  }
  return lines.filter((line) => line !== '').join('\n')
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error) || error.stack === undefined) return ''
  const stack = error.stack.split('\n').slice(1).join('\n')
  const cause = error.cause === undefined ? '' : `\ncaused by ${inspect(error.cause)}`
  return pc.dim(stack + cause)
}
