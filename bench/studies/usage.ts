import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/**
 * Loaded into the command by `many.ts`: what it has used is written to the file that BENCH_USAGE names. Timers that come
 * late show how long the main thread was away; what it does after the last trial is not of interest to a display.
 */
const PERIOD = 20
const file = process.env['BENCH_USAGE']
if (isMainThread && file !== undefined) {
  let away = 0
  let last = performance.now()
  setInterval(() => {
    const now = performance.now()
    away = Math.max(away, now - last - PERIOD)
    last = now
  }, PERIOD).unref()
  process.on('exit', () => {
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const usage = { memory: maxRSS * 1024, cpu: (userCPUTime + systemCPUTime) / 1e6, away }
    writeFileSync(file, JSON.stringify(usage))
  })
}
