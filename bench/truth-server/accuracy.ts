/**
 * How exact a truth server is on this machine: how late its answers leave, and how long after a client's send it knows of
 * an arrival.
 *
 *   node bench/truth-server/accuracy.ts [--seconds 5]
 */
import { connect, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { createTruthServer, type TruthProgram, type TruthServer } from '../../packages/core/src/testing.ts'
import { quantiles } from '../peers/arrivals.ts'
import { busySeconds, describeMachine, ownSeconds, quietWindow } from '../peers/machine.ts'
import { markdownTable } from '../peers/table.ts'

const CONNECTIONS = 16

/** Sends numbered requests at an even rate from a spinning event loop; returns when each was sent. */
async function sendEvenly(server: TruthServer, rate: number, seconds: number): Promise<Float64Array> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(server)))
  const count = rate * seconds
  const sent = new Float64Array(count)
  const begin = process.hrtime.bigint() + 50_000_000n
  let answered = 0
  for (const socket of sockets)
    socket.on('data', (chunk: Buffer) => (answered += chunk.toString('latin1').split('HTTP/1.1 ').length - 1))
  await new Promise<void>((resolve) => {
    let next = 0
    const turn = () => {
      const due = begin + BigInt(Math.round((next * 1e9) / rate))
      if (next < count && process.hrtime.bigint() >= due) {
        sent[next] = Number(process.hrtime.bigint() - server.origin)
        sockets[next % CONNECTIONS]?.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Unit: ${next}\r\n\r\n`)
        next += 1
      }
      if (answered < count) setImmediate(turn)
      else resolve()
    }
    turn()
  })
  for (const socket of sockets) socket.destroy()
  return sent
}

function open(server: TruthServer): Promise<Socket> {
  const socket = connect({ port: server.port, host: server.host, noDelay: true })
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => resolve(socket))
  })
}

async function measure(
  name: string,
  program: TruthProgram,
  serviceNanos: number,
  rate: number,
  seconds: number,
  spin: boolean,
) {
  await quietWindow(0.25, 30)
  await using server = await createTruthServer({
    spin,
    log: rate * seconds,
    program: { ...program, unit: { header: 'x-unit' } },
  })
  const before = { busy: busySeconds(), own: ownSeconds(), at: performance.now() }
  const sent = await sendEvenly(server, rate, seconds)
  const elapsed = (performance.now() - before.at) / 1000
  const foreign = (busySeconds() - before.busy - (ownSeconds() - before.own)) / elapsed
  const { unit, arrival, complete, answered } = server.log()
  // The first second is warm-up: of both threads.
  const rows = Array.from(unit.keys()).filter((row) => (unit[row] as number) >= rate)
  const known = quantiles(
    Float64Array.from(rows, (row) => (arrival[row] as number) - (sent[unit[row] as number] as number)),
  )
  const late = quantiles(
    Float64Array.from(rows, (row) => (answered[row] as number) - (complete[row] as number) - serviceNanos),
  )
  const micros = ({ p50, p99, max }: typeof late) =>
    [p50, p99, max].map((nanos) => (nanos / 1000).toFixed(nanos < 9950 ? 1 : 0)).join(' / ')
  return [name, `${rate}/s`, micros(known), micros(late), Math.max(0, foreign).toFixed(2)]
}

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '5' } } })
const seconds = Number(values.seconds)
const at2ms: TruthProgram = { service: '2ms', answer: { body: 'ok' } }
const atOnce: TruthProgram = { answer: { body: 'ok' } }
const rows: string[][] = []
for (const rate of [1000, 5000]) {
  rows.push(await measure('at once', atOnce, 0, rate, seconds, false))
  rows.push(await measure('2 ms', at2ms, 2e6, rate, seconds, false))
  rows.push(await measure('2 ms, spin', at2ms, 2e6, rate, seconds, true))
}
console.log(
  markdownTable(['service', 'rate', 'arrival known after, µs', 'answer late, µs', 'foreign cores'], rows),
)
console.log(`\np50 / p99 / max. ${describeMachine()}.`)
