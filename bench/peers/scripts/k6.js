// k6: POST the file named by BODY to URL, in a closed loop (CONCURRENCY), at a constant RATE, or once (ITERATIONS).
import http from 'k6/http'

const { BODY, URL, SECONDS = '5', CONCURRENCY = '1', RATE, ITERATIONS, TIMEOUT = '60s' } = __ENV
const body = open(BODY, 'b')
const vus = Number(CONCURRENCY)

function load() {
  if (ITERATIONS) return { executor: 'shared-iterations', vus, iterations: Number(ITERATIONS) }
  const duration = `${SECONDS}s`
  if (!RATE) return { executor: 'constant-vus', vus, duration }
  const rate = Number(RATE)
  return {
    executor: 'constant-arrival-rate',
    rate,
    timeUnit: '1s',
    duration,
    preAllocatedVUs: 64,
    maxVUs: 1000,
  }
}

export const options = {
  discardResponseBodies: true,
  summaryTrendStats: ['min', 'med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
  scenarios: { load: load() },
}

const parameters = { headers: { 'Content-Type': 'application/json' }, timeout: TIMEOUT }

export default function () {
  http.post(URL, body, parameters)
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data) }
}
