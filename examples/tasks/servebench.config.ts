import { defineConfig } from 'servebench'
import { isFull } from './form.ts'

export default defineConfig({
  // Energy, where this machine tells it.
  samplers: ['host', 'rapl'],
  ...(isFull
    ? { warmup: '5s', duration: '30s', repeats: 5 }
    : { warmup: '300ms', duration: '1s', repeats: 1, drain: '2s' }),
})
