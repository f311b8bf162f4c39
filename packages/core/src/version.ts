import { createRequire } from 'node:module'

/** The version of this copy of servebench, from its manifest. */
export const VERSION: string = (
  createRequire(import.meta.url)('../package.json') as { readonly version: string }
).version
