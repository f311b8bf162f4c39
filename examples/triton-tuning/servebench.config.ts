import { defineConfig } from 'servebench'
import { isFull } from './form.ts'

export default defineConfig({
  samplers: ['host'],
  ...(isFull ? { warmup: '1s', duration: '4s' } : { warmup: '200ms', duration: '1s', drain: '2s' }),
})
