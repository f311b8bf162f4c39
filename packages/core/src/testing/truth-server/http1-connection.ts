import type { Socket } from 'node:net'
import type { Nanos } from '../../units/nanos.ts'
import type { Desk } from './desk.ts'
import { http1Answer } from './http1-answer.ts'
import { Http1Parser, type Http1Events, type Http1Head } from './http1-parser.ts'
import type { Ending } from './program.ts'
import { endConnection, type Transport } from './transport.ts'
import type { Replier, Visit, VisitHead } from './visit.ts'
import type { WirePlan } from './wire.ts'

interface Turn {
  readonly visit: Visit
  readonly keepAlive: boolean
  readonly minor: 0 | 1
  /** When service ended; NaN while it has not. */
  readyAt: Nanos
}

/** HTTP/1.1 on one connection: requests in, answers out in the order of the requests. */
export class Http1Connection implements Http1Events, Replier {
  readonly #desk: Desk
  readonly #transport: Transport
  readonly #socket: Socket
  readonly #parser: Http1Parser
  readonly #turns: Turn[] = []
  #current: Visit | null = null
  #sending = false
  /** Nothing follows on this connection. */
  #over = false
  /** The previous answer was complete. */
  #freeAt: Nanos = 0
  #clientEnded = false
  #answers = 0
  #idle: NodeJS.Timeout | undefined

  constructor(desk: Desk, transport: Transport) {
    this.#desk = desk
    this.#transport = transport
    this.#socket = transport.socket
    this.#parser = new Http1Parser(this)
    this.#awaitRequest()
  }

  read(chunk: Buffer, at: Nanos): void {
    if (this.#over) return
    this.#parser.push(chunk, at)
    const reading = this.#current?.conduct.reading
    if (reading && 'bytes' in reading) this.#rest((chunk.length / reading.bytes) * reading.every)
  }

  /** The client has closed its side. */
  end(): void {
    this.#clientEnded = true
    if (this.#desk.plan.halfOpen) this.#giveUpCurrent()
    else this.closed()
    if (this.#turns.length === 0) this.#finish('close')
  }

  /** The connection is gone. */
  closed(): void {
    this.#over = true
    this.#parser.stop()
    clearTimeout(this.#idle)
    const now = this.#desk.now()
    for (const turn of this.#turns.splice(0)) turn.visit.leave(now)
  }

  head(head: Http1Head, arrival: Nanos): void {
    clearTimeout(this.#idle)
    const visit = this.#desk.admit(visitHead(head), this.#transport.number, arrival, this)
    this.#current = visit
    this.#turns.push({ visit, keepAlive: head.keepAlive, minor: head.minor, readyAt: NaN })
    const { reading, early } = visit.conduct
    if (early) this.#desk.enter(visit, this.#desk.now())
    if (head.expectsContinue && !visit.settled) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    if (reading && 'pause' in reading) this.#rest(reading.pause)
  }

  body(chunk: Buffer): void {
    this.#current?.receive(chunk)
  }

  complete(at: Nanos): void {
    const visit = this.#current
    this.#current = null
    if (visit !== null) this.#desk.complete(visit, at)
  }

  malformed(sentence: string): void {
    this.#desk.ledger.count('malformed')
    this.#giveUpCurrent()
    const text = JSON.stringify({ error: sentence })
    this.#socket.write(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
    )
    this.#finish('close')
  }

  /** The rest of the request that is being read will not come. */
  #giveUpCurrent(): void {
    if (this.#current === null) return
    this.#turns.pop()
    this.#current.leave(this.#desk.now())
    this.#current = null
  }

  reply(visit: Visit, at: Nanos): void {
    const turn = this.#turns.find((candidate) => candidate.visit === visit)
    if (turn === undefined) return
    turn.readyAt = at
    this.#sendNext()
  }

  #sendNext(): void {
    const turn = this.#turns[0]
    if (this.#sending || this.#over || turn === undefined || Number.isNaN(turn.readyAt)) return
    this.#sending = true
    const { visit, keepAlive, minor } = turn
    const plan = http1Answer(visit, { keepAlive, minor, seed: this.#desk.plan.seed })
    this.#send(turn, plan, Math.max(turn.readyAt, this.#freeAt), 0)
  }

  #send(turn: Turn, plan: WirePlan, begin: Nanos, from: number): void {
    const { segments } = plan
    for (let index = from; index < segments.length; index++) {
      const segment = segments[index] as (typeof segments)[number]
      const due = begin + segment.delay
      if (segment.delay > 0 && (due > this.#desk.now() || this.#desk.hold(due) > due)) {
        this.#desk.at(due, () => this.#send(turn, plan, begin, index))
        return
      }
      if (this.#over) return
      if (index === segments.length - 1) this.#settle(turn, plan)
      if (plan.spaced && index < segments.length - 1) {
        this.#socket.write(segment.bytes, () => setImmediate(() => this.#send(turn, plan, begin, index + 1)))
        return
      }
      this.#socket.write(segment.bytes)
    }
    if (segments.length === 0) this.#settle(turn, plan)
    this.#ended(plan.ending)
  }

  #settle({ visit }: Turn, plan: WirePlan): void {
    const { answer, fault } = visit.conduct
    if (fault !== null) visit.faulted(this.#desk.now(), fault.kind)
    else {
      const { stream } = answer
      this.#desk.ledger.count('messagesSent', stream?.kind === 'messages' ? stream.count : 1)
      visit.answered(this.#desk.now(), answer.status, null)
    }
    if (plan.ending !== 'keep') this.#parser.stop()
  }

  #ended(ending: Ending): void {
    this.#turns.shift()
    this.#sending = false
    this.#answers += 1
    this.#freeAt = this.#desk.now()
    if (ending !== 'keep') return this.#finish(ending)
    const last = this.#clientEnded && this.#turns.length === 0
    if (last || this.#answers >= this.#desk.plan.requestsPerConnection) return this.#finish('close')
    this.#awaitRequest()
    this.#sendNext()
  }

  #finish(ending: Ending): void {
    this.#over = true
    this.#parser.stop()
    clearTimeout(this.#idle)
    endConnection(this.#transport, ending)
  }

  #awaitRequest(): void {
    const { idle } = this.#desk.plan
    if (idle === null || this.#turns.length > 0) return
    this.#idle = setTimeout(() => this.#finish('close'), idle / 1e6)
  }

  #rest(nanos: Nanos): void {
    if (this.#socket.isPaused()) return
    this.#socket.pause()
    this.#desk.timer.add(this.#desk.now() + nanos, { run: () => this.#socket.resume() })
  }
}

function visitHead(head: Http1Head): VisitHead {
  return {
    method: head.method,
    path: head.path,
    header: (name) => head.headers.get(name),
    headers: () => Object.fromEntries(head.headers),
  }
}
