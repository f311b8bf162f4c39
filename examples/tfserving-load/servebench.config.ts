import { defineConfig } from 'servebench'
import { isFull } from './form.ts'

export default defineConfig({
  samplers: ['host'],
  ...(isFull ? { warmup: '10s' } : { warmup: '300ms', drain: '2s' }),
})
