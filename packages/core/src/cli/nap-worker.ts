import { parentPort } from 'node:worker_threads'
import { sharpenTimers } from '../worker/timer-slack.ts'

const NAP_MS = 0.1
const NAPS = 2000

sharpenTimers()
const cell = new Int32Array(new SharedArrayBuffer(4))
const late = new Float64Array(NAPS)
for (let index = 0; index < NAPS; index++) {
  const began = performance.now()
  Atomics.wait(cell, 0, 0, NAP_MS)
  late[index] = (performance.now() - began - NAP_MS) * 1e6
}
late.sort()
parentPort?.postMessage({ p50: late[NAPS / 2], p99: late[NAPS * 0.99] })
