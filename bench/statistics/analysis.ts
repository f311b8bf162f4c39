/**
 * What the analysis of a trial costs: the record blocks of 10 million requests of a queue through the aggregate that the
 * aide has, and all metrics of them at the end. Exits with 1 when the end takes longer than 5 s.
 *
 *     node --max-old-space-size=8192 --conditions=servebench-source bench/statistics/analysis.ts [millions]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TrialAggregate } from '../../packages/core/src/aide/trial-aggregate.ts'
import { TrialControl } from '../../packages/core/src/engine/control.ts'
import { Outcome } from '../../packages/core/src/engine/outcome.ts'
import { encodeHdr } from '../../packages/core/src/report/hdr.ts'
import { BLOCK_ROWS, createRecordBlock, RecordPhase } from '../../packages/core/src/report/record-block.ts'
import { drawExponential } from '../../packages/core/src/stats/draws/exponential.ts'
import { LogLinearHistogram } from '../../packages/core/src/stats/histogram/log-linear-histogram.ts'
import { Random } from '../../packages/core/src/stats/prng.ts'

const ROWS = Number(process.argv[2] ?? 10) * 1e6
const MOST_SECONDS = 5
const RATE = 10_000
const MEAN = 70_000

const folder = mkdtempSync(join(tmpdir(), 'analysis-'))
const random = new Random([1, 2, 3, 4])
const times = new TrialControl()
times.reset()
times.measureFrom = 0
times.measureUntil = (ROWS / RATE) * 1e9
const block = createRecordBlock(BLOCK_ROWS)
const stream = { name: 'main', deadline: 50e6, percentiles: [99], labels: [null] }
try {
  using aggregate = new TrialAggregate([stream], times.buffer, join(folder, 'trial'))
  let intended = 0
  let free = 0
  let area = 0
  let taking = 0
  for (let done = 0; done < ROWS; done += BLOCK_ROWS) {
    const rows = Math.min(BLOCK_ROWS, ROWS - done)
    for (let row = 0; row < rows; row++) {
      intended += (drawExponential(random) / RATE) * 1e9
      free = Math.max(free, intended) + drawExponential(random) * MEAN
      area += free - intended
      block.unit[row] = done + row
      block.intended[row] = intended
      block.dispatched[row] = intended + 2000
      block.sent[row] = intended + 9000
      block.firstByte[row] = free - 1000
      block.completion[row] = free + 10_000
      block.serverQueue[row] = NaN
      block.serverCompute[row] = NaN
      block.items[row] = 1
      block.messages[row] = 1
      block.outcome[row] = Outcome.completed
      block.phase[row] = RecordPhase.measurement
    }
    const start = performance.now()
    aggregate.add(block, rows)
    taking += performance.now() - start
  }
  times.measureUntil = intended + 1
  const start = performance.now()
  const { total } = aggregate.finish({ area, max: 100 }, [[new LogLinearHistogram()]], [0], encodeHdr)
  const seconds = (performance.now() - start) / 1000
  const holds = seconds < MOST_SECONDS
  console.log(`taking ${ROWS} records in: ${((taking * 1e6) / ROWS).toFixed(0)} ns each, while they come`)
  console.log(
    `${holds ? 'ok    ' : 'BROKEN'} metrics of ${total.counts.due} requests (${total.responseTime.method}): ${seconds.toFixed(2)} s, of ${MOST_SECONDS} s at most; ${(process.memoryUsage().rss / 1e9).toFixed(1)} GB`,
  )
  process.exitCode = holds ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}
