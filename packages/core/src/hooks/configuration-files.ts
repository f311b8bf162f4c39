import type { ConfigurationFile } from './tuning.ts'

/** Arguments of a program, one on each line; nothing where there are none. */
export function argumentsFile(path: string, args: readonly string[]): readonly ConfigurationFile[] {
  return linesFile(path, args)
}

/** Variables as `--env-file` of containers and `EnvironmentFile` of systemd take them; nothing where there are none. */
export function environmentFile(
  path: string,
  env: Readonly<Record<string, string>>,
): readonly ConfigurationFile[] {
  return linesFile(
    path,
    Object.entries(env).map(([name, value]) => `${name}=${value}`),
  )
}

function linesFile(path: string, lines: readonly string[]): readonly ConfigurationFile[] {
  return lines.length === 0 ? [] : [{ path, text: lines.map((line) => `${line}\n`).join('') }]
}
