import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import type { Nanos } from '../../units/nanos.ts'
import { randomBytes } from './draw.ts'
import { frameMessage, MessageReader } from './grpc-framing.ts'
import { http2Answer, type Http2Layout } from './http2-answer.ts'
import type { Http2Connection } from './http2-connection.ts'
import { encodeFrame, FrameType, goaway, rstStream } from './http2-frame.ts'
import type { BreakPoint, Ending, Fault } from './program.ts'
import type { Replier, Visit, VisitHead } from './visit.ts'
import { cut, type Segment } from './wire.ts'

/** One HTTP/2 stream: a request, or a gRPC call. */
export class Http2Visit implements Replier {
  readonly #connection: Http2Connection
  readonly #stream: ServerHttp2Stream
  readonly #id: number
  readonly #visit: Visit
  readonly #grpc: boolean
  readonly #messages: Buffer[] = []
  readonly #reader: MessageReader | null
  /** Of an echo stream: messages received and not yet sent back, and when the last one is due. */
  #echoesOpen = 0
  #echoNumber = 0
  #echoDue: Nanos = 0
  #requestEnded = false

  constructor(connection: Http2Connection, stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    const { desk, transport } = connection
    this.#connection = connection
    this.#stream = stream
    this.#id = stream.id as number
    this.#grpc = (headers['content-type'] ?? '').startsWith('application/grpc')
    this.#visit = desk.admit(visitHead(headers), transport.number, connection.lastRead, this)
    this.#reader = this.#grpc ? new MessageReader((message) => this.#message(message)) : null
    stream.on('error', () => this.gone())
    stream.on('aborted', () => this.gone())
    stream.on('close', () => {
      // Of a complete answer it is the tap that knows when its last frame has left, unless it never will.
      if (stream.writableEnded) setImmediate(() => connection.finished(this.#id))
      else this.gone()
    })
    stream.on('data', (chunk: Buffer) => this.#data(chunk))
    stream.on('end', () => this.#end())
    const { conduct } = this.#visit
    if (this.#echoes) this.#beginEcho()
    else if (conduct.early) desk.enter(this.#visit, desk.now())
    if (conduct.reading && 'pause' in conduct.reading) this.#rest(conduct.reading.pause)
  }

  /** The client, or the connection, has gone. */
  gone(): void {
    this.#visit.leave(this.#connection.desk.now())
    this.#connection.finished(this.#id)
  }

  get #echoes(): boolean {
    return this.#grpc && this.#visit.conduct.answer.stream?.kind === 'echo'
  }

  #data(chunk: Buffer): void {
    if (this.#reader === null) this.#visit.receive(chunk)
    else this.#reader.push(chunk)
    const { reading } = this.#visit.conduct
    if (reading && 'bytes' in reading) this.#rest((chunk.length / reading.bytes) * reading.every)
  }

  #message(message: Buffer): void {
    const visit = this.#visit
    this.#connection.desk.ledger.count('messagesReceived')
    visit.receive(message)
    if (this.#echoes) this.#echo(Buffer.from(message))
    else if (visit.conduct.answer.body === 'echo') this.#messages.push(Buffer.from(message))
  }

  #end(): void {
    const { desk, lastRead } = this.#connection
    this.#requestEnded = true
    if (this.#reader !== null && this.#reader.pending > 0) desk.ledger.count('malformed')
    if (this.#echoes) {
      this.#visit.complete(lastRead)
      this.#endEcho()
    } else {
      desk.complete(this.#visit, lastRead)
    }
  }

  #rest(nanos: Nanos): void {
    const { desk } = this.#connection
    this.#stream.pause()
    desk.timer.add(desk.now() + nanos, { run: () => this.#stream.resume() })
  }

  reply(visit: Visit, at: Nanos): void {
    const { fault } = visit.conduct
    if (this.#stream.destroyed) return this.gone()
    switch (fault?.kind) {
      case undefined:
        return this.#answer(at)
      case 'reset':
      case 'close':
      case 'half-close':
      case 'hang':
        return this.#breakOff(fault, fault.after ?? 'nothing', at, () => this.#connection.finish(fault.kind))
      case 'rst-stream':
        return this.#breakOff(fault, fault.after ?? 'nothing', at, () =>
          this.#abort(rstStream(this.#id, fault.code)),
        )
      case 'content-length': {
        const silent = fault.difference > 0 && fault.ending === 'hang'
        return this.#send(
          this.#layOut(fault.difference),
          at,
          () => this.#fault(fault),
          silent ? 'silence' : 'trailers',
        )
      }
      case 'goaway':
        return this.#goaway(fault, at)
      case 'garbage':
        return this.#inject(
          fault,
          randomBytes(this.#connection.desk.plan.seed, visit.index, fault.bytes ?? 64),
          'close',
        )
      case 'raw':
        return this.#inject(fault, Buffer.from(fault.text, 'latin1'), 'keep')
      case 'frames':
        return this.#inject(
          fault,
          Buffer.concat(fault.frames.map((frame) => encodeFrame(frame, this.#id))),
          'keep',
        )
    }
  }

  #answer(at: Nanos): void {
    const { desk } = this.#connection
    const layout = this.#layOut(0)
    const settle = () => {
      desk.ledger.count('messagesSent', layout.messages)
      this.#visit.answered(
        desk.now(),
        layout.status,
        this.#grpc ? this.#visit.conduct.answer.grpc.status : null,
      )
    }
    this.#send(layout, at, settle, 'trailers')
  }

  #fault(fault: Fault): void {
    this.#visit.faulted(this.#connection.desk.now(), fault.kind)
  }

  #inject(fault: Fault & { ending?: Ending }, bytes: Buffer, ending: Ending): void {
    this.#fault(fault)
    this.#connection.tap.inject(bytes)
    this.#connection.finish(fault.ending ?? ending)
  }

  /** GOAWAY around the answer: the client is told whether this request counts as processed. */
  #goaway(fault: Fault & { kind: 'goaway' }, at: Nanos): void {
    const { tap } = this.#connection
    const code = fault.code ?? constants.NGHTTP2_NO_ERROR
    if (fault.lastStream === 'previous') {
      this.#fault(fault)
      this.#abort(goaway(Math.max(0, this.#id - 2), code))
    } else {
      tap.inject(goaway(this.#id, code))
      this.#send(this.#layOut(0), at, () => this.#fault(fault), 'trailers')
    }
    if (fault.close ?? true) this.#connection.drain()
  }

  /** Ends the stream with this frame and nothing else. */
  #abort(frame: Buffer): void {
    this.#connection.tap.endStream(this.#id, frame)
    this.#stream.close(constants.NGHTTP2_CANCEL)
  }

  #breakOff(fault: Fault, after: BreakPoint, at: Nanos, end: () => void): void {
    const { tap } = this.#connection
    const finish = () => {
      this.#fault(fault)
      end()
    }
    if (after === 'nothing') return finish()
    const layout = this.#layOut(0)
    const segments = after === 'headers' ? [] : cut(layout.segments, after)
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes.length, 0)
    if (bytes === 0) tap.whenSent(FrameType.headers, this.#id, 0, finish)
    else tap.whenSent(FrameType.data, this.#id, bytes, finish)
    this.#send({ ...layout, segments, headersOnly: false }, at, () => {}, 'silence')
  }

  /** @param settle runs before the last bytes are handed over */
  #send(layout: Http2Layout, begin: Nanos, settle: () => void, ending: 'trailers' | 'silence'): void {
    const stream = this.#stream
    const { answer } = this.#visit.conduct
    for (const status of answer.informational) stream.additionalHeaders({ ':status': status })
    if (layout.headersOnly) {
      settle()
      stream.respond(layout.headers, { endStream: true })
      this.#dropRest()
      return
    }
    const trailers = ending === 'trailers' ? layout.trailers : null
    stream.respond(layout.headers, { waitForTrailers: trailers !== null })
    if (trailers !== null) stream.on('wantTrailers', () => stream.sendTrailers(trailers))
    this.#write(layout, begin, 0, () => {
      settle()
      if (ending === 'silence') return
      stream.end()
      this.#dropRest()
    })
  }

  /** An answer may overtake its request: what is still coming is read and forgotten. */
  #dropRest(): void {
    if (!this.#requestEnded) this.#stream.resume()
  }

  #write(layout: Http2Layout, begin: Nanos, from: number, last: () => void): void {
    const { desk } = this.#connection
    for (let index = from; index < layout.segments.length; index++) {
      const segment = layout.segments[index] as Segment
      const due = begin + segment.delay
      if (this.#stream.destroyed) return
      if (segment.delay > 0 && (due > desk.now() || desk.hold(due) > due)) {
        desk.at(due, () => this.#write(layout, begin, index, last))
        return
      }
      if (layout.spaced) {
        this.#stream.write(segment.bytes, () =>
          setImmediate(() => this.#write(layout, begin, index + 1, last)),
        )
        return
      }
      this.#stream.write(segment.bytes)
    }
    last()
  }

  #layOut(difference: number): Http2Layout {
    return http2Answer(this.#visit, this.#grpc ? this.#messages : null, difference)
  }

  #beginEcho(): void {
    const { headers, trailers } = this.#layOut(0)
    this.#stream.respond(headers, { waitForTrailers: true })
    this.#stream.on('wantTrailers', () => this.#stream.sendTrailers(trailers ?? {}))
    this.#visit.begin(this.#connection.desk.now())
  }

  #echo(message: Buffer): void {
    const { desk, lastRead } = this.#connection
    this.#echoDue = Math.max(
      this.#echoDue,
      lastRead + this.#visit.conduct.service(this.#visit.index + this.#echoNumber),
    )
    this.#echoNumber += 1
    this.#echoesOpen += 1
    desk.at(this.#echoDue, () => {
      this.#echoesOpen -= 1
      if (this.#stream.destroyed) return
      desk.ledger.count('messagesSent')
      this.#stream.write(frameMessage(message))
      this.#endEcho()
    })
  }

  #endEcho(): void {
    if (!this.#requestEnded || this.#echoesOpen > 0 || this.#visit.settled) return
    const { desk } = this.#connection
    this.#visit.answered(desk.now(), 200, this.#visit.conduct.answer.grpc.status)
    this.#stream.end()
  }
}

function visitHead(headers: IncomingHttpHeaders): VisitHead {
  return {
    method: headers[':method'] ?? '',
    path: headers[':path'] ?? '',
    header: (name) => {
      const value = headers[name]
      return Array.isArray(value) ? value.join(', ') : value
    },
    headers: () => Object.fromEntries(Object.entries(headers)),
  }
}
