// k6: unary gRPC calls to TARGET, method METHOD of the file PROTO, in a closed loop.
import grpc from 'k6/net/grpc'

const { TARGET, METHOD, PROTO, PROTO_FOLDER, SECONDS = '5', CONCURRENCY = '1', REQUEST = '{}' } = __ENV
const client = new grpc.Client()
client.load([PROTO_FOLDER], PROTO)
const request = JSON.parse(REQUEST)

export const options = {
  summaryTrendStats: ['min', 'med', 'p(90)', 'p(99)', 'p(99.9)', 'max'],
  scenarios: { load: { executor: 'constant-vus', vus: Number(CONCURRENCY), duration: `${SECONDS}s` } },
}

export default function () {
  if (__ITER === 0) client.connect(TARGET, { plaintext: true })
  client.invoke(METHOD, request)
}

export function handleSummary(data) {
  return { stdout: JSON.stringify(data) }
}
