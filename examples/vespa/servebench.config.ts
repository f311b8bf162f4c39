import { defineConfig } from 'servebench'
import { isFull } from './form.ts'

export default defineConfig({
  samplers: [['host', { scheduling: true }]],
  ...(isFull
    ? { warmup: '5s', duration: '20s', repeats: 5 }
    : { warmup: '300ms', duration: '1s', repeats: 1, drain: '2s' }),
})
