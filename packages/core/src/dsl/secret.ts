/** A secret that only the process that needs it reads; plans, logs and results hold this reference. */
export type Secret =
  | { readonly secret: 'env'; readonly name: string }
  | { readonly secret: 'file'; readonly path: string }

/** The value of an environment variable, read when it is needed and never stored. */
export function env(name: string): Secret {
  return { secret: 'env', name }
}

/** The content of a file without its trailing line break, read when it is needed and never stored. */
export function file(path: string): Secret {
  return { secret: 'file', path }
}

export function isSecret(value: unknown): value is Secret {
  const secret = value as
    | { readonly secret?: unknown; readonly name?: unknown; readonly path?: unknown }
    | null
    | undefined
  if (typeof secret !== 'object' || secret === null) return false
  return (
    (secret.secret === 'env' && typeof secret.name === 'string') ||
    (secret.secret === 'file' && typeof secret.path === 'string')
  )
}
