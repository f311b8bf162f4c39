import { ServebenchError } from '../errors/servebench-error.ts'

const REASONS: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  ENOSPC: ['the disk is full', 'Free some space, or write elsewhere with --output.'],
  EDQUOT: ['the disk quota is used up', 'Free some space, or write elsewhere with --output.'],
  EFBIG: [
    'the file would exceed the allowed size',
    'Raise the limit (ulimit -f), or write elsewhere with --output.',
  ],
  EROFS: ['the file system is read-only', 'Write elsewhere with --output.'],
  EACCES: ['permission is denied', 'Change the permissions, or write elsewhere with --output.'],
  EPERM: ['permission is denied', 'Change the permissions, or write elsewhere with --output.'],
  ENOTDIR: ['a part of the path is a file', 'Move that file away, or write elsewhere with --output.'],
  EEXIST: ['a file of that name is in the way', 'Move that file away, or write elsewhere with --output.'],
  EMFILE: ['no file descriptor is left', 'Raise the limit (ulimit -n), or lower the number of connections.'],
  ENAMETOOLONG: ['the name is too long', 'Use a shorter --output path.'],
}

/** Turns the failure of a file operation into one sentence of what happened and one of what to do. */
export function createWriteError(path: string, cause: unknown): ServebenchError {
  const code = (cause as NodeJS.ErrnoException | null)?.code ?? ''
  const [what, advice] = REASONS[code] ?? [
    cause instanceof Error ? cause.message : String(cause),
    'Check the path, or write elsewhere with --output.',
  ]
  return new ServebenchError('SERVEBENCH_WRITE', `Results cannot be written to '${path}': ${what}.`, {
    advice,
    cause,
  })
}
