import { FailureKind, failureName } from '../engine/outcome.ts'
import { prepareOnce } from '../engine/pipeline/chain-payload.ts'
import type { Encoded } from '../engine/session.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { TargetCheckOptions } from './check-target.ts'
import type { Rule } from './conformance.ts'
import type { RecordedExchange } from './recording-exchange.ts'
import { Breach, isPlain, show } from './breach.ts'
import type { TargetBench } from './target-bench.ts'

/** Enough to reuse each connection many times. */
const ROUNDS = 50

/** In this order: the last one needs the server to be gone. */
export const TARGET_RULES: readonly Rule<TargetBench, TargetCheckOptions>[] = [
  { name: 'the reference is plain data, and its module has a codec and a session', run: checkReference },
  { name: 'encoding is repeatable, and patches lie inside the payload', run: checkEncoding },
  { name: 'an exchange completes and is told in order', run: checkExchange },
  { name: 'what is not captured is not copied', run: checkCapture },
  { name: 'a payload is used many times and never written to', run: checkReuse },
  { name: 'a payload that is made while measuring is sent as it is', needs: ['failing'], run: checkFresh },
  { name: 'bytes are counted', run: checkBytes },
  { name: 'all slots are served, also those that wait for a connection', run: checkSlots },
  { name: 'the next exchange may be opened inside a settlement', run: checkChain },
  { name: 'cancelling settles once and frees the slot', run: checkCancel },
  { name: 'an exchange that is under way can be cancelled', needs: ['slow'], run: checkSlow },
  { name: 'a failure has its name, and the session goes on', needs: ['failing'], run: checkFailure },
  { name: 'disposing settles what is open and closes every connection', run: checkDispose },
  { name: 'a server that is gone is a failure, not an exception', needs: ['stopServer'], run: checkGone },
]

async function checkReference(bench: TargetBench): Promise<void> {
  const { options, engine } = bench.reference
  bench.require(engine !== '', 'the engine has no name.')
  bench.require(isPlain(options), 'the options are not plain data.')
  await bench.module()
}

async function checkEncoding(bench: TargetBench): Promise<void> {
  const [first, second] = [await bench.encode(), await bench.encode()]
  const bytes = join(first)
  bench.require(bytes.equals(join(second)), 'the same request has two encodings.')
  for (const { offset, length } of first.patches ?? []) {
    bench.require(
      offset >= 0 && length > 0 && offset + length <= bytes.length,
      `a patch at ${offset} of ${length} bytes lies outside the ${bytes.length} bytes.`,
    )
  }
  bench.require(isPlain(first.meta), '`meta` is not plain data.')
}

async function checkExchange(bench: TargetBench): Promise<void> {
  const bed = await bench.connect()
  const answer = completed(bench, await bench.ask(bed))
  const { calls } = answer
  const at = (call: string): number => calls.indexOf(call)
  bench.require(at('sent') !== -1, '`sent` was not called.')
  bench.require(at('firstByte') > at('sent'), '`firstByte` does not follow `sent`.')
  bench.require(at('head') !== -1, '`head` was not called for a captured answer.')
  bench.require(at('head') > at('firstByte'), '`head` does not follow `firstByte`.')
  bench.require(at('body') === -1 || at('body') > at('head'), '`body` does not follow `head`.')
  const raw = { status: answer.status, head: answer.head, messages: answer.messages }
  const response = await bed.codec.decode(raw, bed.prepared[0]?.meta ?? null)
  const { accept = () => true } = bench.options
  if (!accept(response)) throw new Breach(`the decoded answer is not accepted: ${show(response)}.`)
}

async function checkCapture(bench: TargetBench): Promise<void> {
  const bed = await bench.connect()
  bed.exchange.capture[0] = 0
  const { calls } = completed(bench, await bench.ask(bed))
  const copied = calls.filter((call) => call === 'head' || call === 'body')
  bench.require(copied.length === 0, `${copied.join(', ')} were called where \`capture\` is 0.`)
}

async function checkReuse(bench: TargetBench): Promise<void> {
  const bed = await bench.connect()
  const before = Buffer.from(bed.prepared[0]?.bytes ?? [])
  for (let round = 0; round < ROUNDS; round++) completed(bench, await bench.ask(bed))
  bench.require(before.equals(bed.prepared[0]?.bytes ?? Buffer.of()), 'the shared payload was changed.')
}

/** Steps of a pipeline have payloads of their own for every request, all with the same index. */
async function checkFresh(bench: TargetBench): Promise<void> {
  const { failing } = bench.options as TargetCheckOptions & Required<Pick<TargetCheckOptions, 'failing'>>
  const bed = await bench.connect()
  const fresh = async (request?: unknown): Promise<RecordedExchange> =>
    await bench.ask({ ...bed, prepared: [prepareOnce(await bench.encode(request))] })
  for (let round = 0; round < 2; round++) {
    completed(bench, await bench.ask(bed))
    completed(bench, await fresh())
    const { kind } = await fresh(failing.request)
    bench.require(kind !== FailureKind.none, 'another payload was sent, that had the same index.')
  }
}

async function checkBytes(bench: TargetBench): Promise<void> {
  const bed = await bench.connect()
  let payload = 0
  let before = bed.session.statistics()
  for (let round = 0; round < 3; round++) {
    const { bytesIn } = completed(bench, await bench.ask(bed))
    bench.require(Number.isInteger(bytesIn) && bytesIn >= 0, `\`done\` was told ${bytesIn} bytes.`)
    payload += bytesIn
    const now = bed.session.statistics()
    bench.require(
      now.bytesOut >= before.bytesOut && now.bytesIn >= before.bytesIn,
      'the totals of `statistics()` went down.',
    )
    if (now.connectionsOpened > 0) {
      bench.require(now.bytesOut > before.bytesOut, '`bytesOut` did not grow with a request.')
      bench.require(
        now.bytesIn >= payload,
        `\`bytesIn\` is ${now.bytesIn}, and answers had ${payload} bytes.`,
      )
    }
    before = now
  }
}

async function checkSlots(bench: TargetBench): Promise<void> {
  const slots = 8
  const bed = await bench.connect(slots, { count: 2 })
  for (let round = 0; round < 3; round++) {
    const settled = Array.from({ length: slots }, (_, slot) => bench.ask(bed, { slot }))
    for (const answer of await Promise.all(settled)) completed(bench, answer)
  }
  const { connectionsOpened } = bed.session.statistics()
  bench.require(connectionsOpened <= 2, `${connectionsOpened} connections were opened; 2 were allowed.`)
}

async function checkChain(bench: TargetBench): Promise<void> {
  const bed = await bench.connect()
  const { exchange } = bed
  const chain = Promise.withResolvers<void>()
  let left = ROUNDS
  exchange.onSettled = () => {
    left -= 1
    if (left === 0) chain.resolve()
    else bench.open(bed).catch(chain.reject)
  }
  bench.open(bed).catch(chain.reject)
  await bench.within(chain.promise, `a chain of ${ROUNDS} exchanges`)
  exchange.onSettled = undefined
}

async function checkCancel(bench: TargetBench): Promise<void> {
  const bed = await bench.connect(3)
  const { session, exchange } = bed
  for (let round = 0; round < 10; round++) {
    // One is under way, the others may have to wait for the connection.
    const settlements = [0, 1, 2].map((slot) => bench.open(bed, { slot }))
    session.cancel(round % 3)
    const answers = await bench.within(Promise.all(settlements), 'an exchange after a `cancel`')
    for (const [slot, answer] of answers.entries()) {
      if (slot === round % 3 && answer.kind === FailureKind.cancelled) continue
      completed(bench, answer)
    }
    // Of a slot that is not open there is nothing to settle.
    session.cancel(round % 3)
  }
  completed(bench, await bench.ask(bed))
  bench.require(exchange.openSlots === 0, 'a slot was not settled.')
}

async function checkSlow(bench: TargetBench): Promise<void> {
  const bed = await bench.connect(1, {}, [bench.options.slow])
  const { session, exchange } = bed
  const settlement = bench.open(bed, { payload: 1 })
  while (!exchange.calls(0).includes('sent') && exchange.openSlots > 0) {
    await bench.within(new Promise((resolve) => setImmediate(resolve)), 'sending')
  }
  session.cancel(0)
  const { kind, code } = await bench.within(settlement, 'an exchange after a `cancel`')
  bench.require(kind === FailureKind.cancelled, `it ended as ${failureName(kind, code)}, not as cancelled.`)
  completed(bench, await bench.ask(bed))
}

async function checkFailure(bench: TargetBench): Promise<void> {
  const { failing } = bench.options as TargetCheckOptions & Required<Pick<TargetCheckOptions, 'failing'>>
  const bed = await bench.connect(1, {}, [failing.request])
  for (let round = 0; round < 3; round++) {
    const { kind, code } = await bench.ask(bed, { payload: 1 })
    const name = failureName(kind, code)
    bench.require(
      name === failing.failure,
      `it was reported as ${name}; ${failing.failure} was to be expected.`,
    )
    completed(bench, await bench.ask(bed))
  }
}

async function checkDispose(bench: TargetBench): Promise<void> {
  const payload = bench.options.slow === undefined ? 0 : 1
  const bed = await bench.connect(3, { count: 2 }, payload === 0 ? [] : [bench.options.slow])
  completed(bench, await bench.ask(bed))
  const settlements = [0, 1, 2].map((slot) => bench.open(bed, { slot, payload }))
  await bench.within(bench.dispose(bed), 'disposing')
  await bench.within(Promise.all(settlements), 'an exchange that was open when the session was disposed')
  await bench.socketsClosed()
}

async function checkGone(bench: TargetBench): Promise<void> {
  const { slow } = bench.options
  const bed = slow === undefined ? await bench.connect() : await bench.connect(3, { count: 2 }, [slow])
  completed(bench, await bench.ask(bed))
  const open = slow === undefined ? null : bench.open(bed, { slot: 1, payload: 1 })
  await bench.options.stopServer?.()
  const requireLost = ({ kind, code }: RecordedExchange, what: string): void =>
    bench.require(
      kind !== FailureKind.none && kind !== FailureKind.cancelled && kind !== FailureKind.internal,
      `${what} was reported as ${failureName(kind, code)}.`,
    )
  if (open !== null) {
    const what = 'an exchange that was open when the server was gone'
    requireLost(await bench.within(open, what), what)
  }
  requireLost(await bench.ask(bed), 'an exchange without a server')
  const late = await bench.create()
  const error = await bench.within(
    late.session.connect().then(
      () => null,
      (thrown: unknown) => thrown,
    ),
    'connecting to nobody',
  )
  // A target without connections of its own finds out later.
  const connects = bed.session.statistics().connectionsOpened > 0
  bench.require(!connects || error instanceof Error, '`connect` did not reject without a server.')
  bench.require(error === null || messageOf(error) !== '', 'the error of `connect` says nothing.')
}

function completed(bench: TargetBench, answer: RecordedExchange): RecordedExchange {
  const { kind, code } = answer
  bench.require(kind === FailureKind.none, `a request failed: ${failureName(kind, code)}.`)
  return answer
}

function join({ bytes }: Encoded): Buffer {
  return Buffer.concat(bytes instanceof Uint8Array ? [bytes] : bytes)
}
