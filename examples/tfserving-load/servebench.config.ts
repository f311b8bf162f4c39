import { defineConfig } from 'servebench'
import { isFull } from './form.ts'

export default defineConfig({
  samplers: ['host'],
  ...(isFull ? { warmup: '10s', duration: '5m' } : { warmup: '300ms', duration: '3s', drain: '2s' }),
})
