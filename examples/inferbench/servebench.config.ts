import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'servebench'
import { isFull } from './form.ts'

// `servebench peaks --save peaks.json` measures what a processor can do that the data file does not know.
const measured = existsSync(join(import.meta.dirname, 'peaks.json')) ? { peaks: 'peaks.json' } : {}

export default defineConfig({
  ...measured,
  samplers: ['host'],
  ...(isFull
    ? { warmup: '3s', duration: '20s', repeats: 5 }
    : { warmup: '200ms', duration: '800ms', repeats: 1, drain: '2s' }),
})
