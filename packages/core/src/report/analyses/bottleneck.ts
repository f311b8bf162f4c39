import type { Calmer, Evidence } from '../../metrics/bottleneck/evidence.ts'
import {
  findBottleneck,
  isDisturbed,
  type Bottleneck,
  type Claim,
  type Fact,
  type FactName,
  type Limit,
} from '../../metrics/bottleneck/find-bottleneck.ts'
import { fullName } from '../case-name.ts'
import { poolTrials } from '../pool.ts'
import { formatCount, formatNumber, formatShare } from '../quantity.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { evidenceOf, type ObservedCase } from './bottleneck-evidence.ts'
import { breakDown } from './breakdown.ts'
import { roofPlaces, type RoofPlace } from './roofline.ts'
import { scenariosOf, type RepeatedCase } from './measured-scenarios.ts'
import { gaugesOf, type SoundCase } from './sound-cases.ts'

interface Judged {
  readonly name: string
  /** Whether this machine has accelerators. */
  readonly isAccelerated: boolean
  readonly evidence: Evidence
  readonly bottleneck: Bottleneck
}

/**
 * What limits each case, in a sentence with its evidence, by the rules of `docs/bottlenecks.md`. Cases of which nothing is
 * known but what the client has seen are left out, unless the client is the limit.
 */
export function analyseBottlenecks(result: RunResult): readonly AnalysisTable[] {
  const places = roofPlaces(result)
  const judged = scenariosOf(result).flatMap(({ cases }) =>
    judge(cases.flatMap(ranCase), places, result.run.environment),
  )
  if (judged.length === 0) return []
  const quiet = judged.filter(
    ({ bottleneck }) => bottleneck.verdict === 'unclear' && !bottleneck.claims.length,
  )
  const told = quiet.length > MOST_QUIET ? judged.filter((one) => !quiet.includes(one)) : judged
  return [
    {
      name: 'bottleneck',
      title: 'Bottlenecks',
      columns: [
        { name: 'case', unit: null },
        {
          name: 'bottleneck',
          unit: null,
          description: 'unclear: no rule holds, or several that contradict each other.',
        },
        { name: 'why', unit: null },
      ],
      rows: told.map((one) => [one.name, one.bottleneck.verdict, sentenceOf(one)]),
      notes:
        told === judged
          ? []
          : [
              `${formatCount(quiet.length)} of ${formatCount(judged.length)} cases are unclear: nothing that was measured is at its limit. What is known of them is in the table of the evidence; of the first, ${quiet[0]?.name}: ${quiet[0] === undefined ? '' : sentenceOf(quiet[0])}`,
            ],
    },
    evidenceTable(judged),
  ]
}

/** More cases than these of which there is nothing to say are counted, not listed. */
const MOST_QUIET = 3

/** Also cases that are invalid: a client that could not keep up makes them so. */
function ranCase({ one, repeats, trials }: RepeatedCase): readonly SoundCase[] {
  const ran = (one.pooled === null ? repeats : trials).filter(
    ({ counts, coldStart }) => counts.due > 0 && coldStart === undefined,
  )
  return ran.length === 0
    ? []
    : [{ one, trials: ran, metrics: one.pooled ?? poolTrials(ran), gauges: gaugesOf(ran) }]
}

function judge(
  cases: readonly SoundCase[],
  places: ReadonlyMap<string, RoofPlace>,
  environment: RunResult['run']['environment'],
): readonly Judged[] {
  const isAccelerated = environment.accelerators.length > 0
  const observed = cases.map((measured): ObservedCase => {
    const streams = Object.keys(measured.trials[0]?.plan.streams ?? {})
    // What several streams do to one server has no one breakdown.
    const found = streams.length === 1 ? breakDown(measured, streams[0] as string) : null
    return { measured, found, roof: places.get(measured.one.id) ?? NO_PLACE }
  })
  return observed.flatMap((one) => {
    const evidence = evidenceOf(one, observed, environment)
    const bottleneck = findBottleneck(evidence)
    const isWatched = one.found?.isDetailed === true || Object.keys(one.measured.gauges).length > 0
    return isWatched || bottleneck.verdict !== 'unclear'
      ? [{ name: fullName(one.measured.one), isAccelerated, evidence, bottleneck }]
      : []
  })
}

const NO_PLACE: RoofPlace = { side: null, ofRoof: null }

const LEADS: Readonly<Record<Limit, string>> = {
  client: 'The load generator is the limit, not the target',
  network: 'Most of the time passes between the client and the server’s own account of it',
  queue: 'Requests wait, and nothing that was measured is busy enough to be why',
  copy: 'Inputs and outputs take longer than running the model',
  compute: 'Computing is the limit',
  memory: 'Memory is the limit',
  power: 'Power or heat hold the clocks back',
  'over-subscription': 'More threads than cores get less done',
}

const FACTS: Readonly<Record<FactName, (value: number) => string>> = {
  loadThread: (value) => `a load thread used ${formatShare(value)} of a core`,
  lag: (value) => `requests were dispatched late by ${formatShare(value)} of the mean response time`,
  foreignCpu: (value) => `other programs used ${formatShare(value)} of this machine’s CPU`,
  clientCpu: (value) => `the client’s machine was ${formatShare(value)} busy`,
  network: (value) => `network and front end are ${formatShare(value)} of the mean response time`,
  waiting: (value) =>
    `waiting to be sent and in the server’s queue is ${formatShare(value)} of the mean response time`,
  copy: (value) => `inputs and outputs are ${formatShare(value)} of the mean response time`,
  gpuBusy: (value) => `a kernel ran on the GPU for ${formatShare(value)} of the time`,
  gpuUnits: (value) => `${formatShare(value)} of the GPU’s multiprocessors were in use`,
  gpuBandwidth: (value) => `${formatShare(value)} of the bandwidth of the GPU’s memory were in use`,
  powerThrottle: (value) => `clocks were held back by power for ${formatShare(value)} of the time`,
  heatThrottle: (value) => `clocks were held back by heat or hardware for ${formatShare(value)} of the time`,
  powerOfLimit: (value) => `power was at ${formatShare(value)} of its limit`,
  serverCpu: (value) => `the server used ${formatShare(value)} of its cores`,
  hostCpu: (value) => `the server’s machine was ${formatShare(value)} busy`,
  cpuThrottle: (value) => `its CPU limit held it back in ${formatShare(value)} of the periods`,
  memoryPressure: (value) => `threads waited for memory for ${formatShare(value)} of the time`,
  runnable: (value) => `${formatNumber(value)} threads could run for each core`,
  cpuPressure: (value) => `some of them waited for ${formatShare(value)} of the time`,
  involuntary: (value) => `${formatNumber(value)} involuntary switches for each request`,
  computeRoof: (value) => `${formatShare(value)} of the roofline were reached, right of its ridge`,
  memoryRoof: (value) => `${formatShare(value)} of the roofline were reached, left of its ridge`,
  throughputLoss: (value) => `throughput is ${formatShare(value)} lower`,
}

function sentenceOf({ evidence, isAccelerated, bottleneck: { verdict, claims, explained } }: Judged): string {
  if (verdict === 'unclear') {
    return claims.length === 0 ? quietSentence(evidence, isAccelerated) : conflictSentence(claims, evidence)
  }
  const own = claims.map((claim) => factsOf(claim, evidence)).join('; ')
  const also = explained.map((claim) => factsOf(claim, evidence)).join('; ')
  return `${LEADS[verdict]}: ${own}.${also === '' ? '' : ` That is why ${also}.`}`
}

function factsOf({ limit, facts }: Claim, { calmer }: Evidence): string {
  const words = facts.map(({ name, value }) => FACTS[name](value))
  return limit === 'over-subscription' && calmer !== null
    ? `${words.join(', ')} than with ${calmerWords(calmer)}`
    : words.join(', ')
}

function calmerWords({ name, runnable, cpuPressure, involuntary }: Calmer): string {
  const parts = [
    `${formatNumber(runnable)} for each core`,
    ...(cpuPressure === null ? [] : [formatShare(cpuPressure)]),
    ...(involuntary === null ? [] : [formatNumber(involuntary)]),
  ]
  return `${name === '' ? 'the other case' : name} (${parts.join(', ')})`
}

function conflictSentence(claims: readonly Claim[], evidence: Evidence): string {
  const sides = claims.map((claim) => `${claim.limit} (${factsOf(claim, evidence)})`)
  return `Several things are at their limit, and none explains the others: ${sides.join('; ')}.`
}

/** Of the response time. */
const WORTH_TELLING = 0.2
const STAGES = ['lag', 'wait', 'network', 'queue', 'copy', 'infer'] as const
const STAGE_WORDS: Readonly<Record<(typeof STAGES)[number], string>> = {
  lag: 'dispatch lag',
  wait: 'waiting to be sent',
  network: 'network and front end',
  queue: 'the server’s queue',
  copy: 'inputs and outputs',
  infer: 'running the model',
}
type Source = readonly [missing: string, read: (evidence: Evidence) => readonly (number | null)[]]

/** What would say more, where it is missing. */
const SOURCES: readonly Source[] = [
  ['the server’s own account of a request', ({ queue, infer }) => [queue, infer]],
  ['the processors (hostSampler)', ({ serverCpu, hostCpu, clientCpu }) => [serverCpu, hostCpu, clientCpu]],
]
const GPUS: Source = ['GPUs (nvmlSampler)', ({ gpuBusy, gpuUnits }) => [gpuBusy, gpuUnits]]

function quietSentence(evidence: Evidence, isAccelerated: boolean): string {
  const [largest] = STAGES.flatMap((stage) => {
    const share = evidence[stage]
    return share === null ? [] : [{ stage, share }]
  }).toSorted((a, b) => b.share - a.share)
  const missing = [...SOURCES, ...(isAccelerated ? [GPUS] : [])].flatMap(([name, read]) =>
    read(evidence).every((value) => value === null) ? [name] : [],
  )
  const isOthers = isDisturbed(evidence)
  const busy = (
    ['serverCpu', ...(isOthers ? [] : ['hostCpu' as const]), 'gpuUnits', 'gpuBusy', 'gpuBandwidth'] as const
  ).flatMap((name) => {
    const value = evidence[name]
    return value === null ? [] : [FACTS[name](value)]
  })
  return [
    `Nothing that was measured is at its limit${busy.length === 0 ? '' : `: ${busy.join(', ')}`}.`,
    ...(largest === undefined || largest.share < WORTH_TELLING
      ? []
      : [
          `The largest part of the mean response time is ${STAGE_WORDS[largest.stage]} (${formatShare(largest.share)}).`,
        ]),
    ...(isOthers && evidence.foreignCpu !== null
      ? [`Its processors say nothing about the target: ${FACTS.foreignCpu(evidence.foreignCpu)}.`]
      : []),
    ...(missing.length === 0 ? [] : [`Not known: ${missing.join('; ')}.`]),
  ].join(' ')
}

/** Every number that was there to judge by, and what speaks for what. */
function evidenceTable(judged: readonly Judged[]): AnalysisTable {
  return {
    name: 'bottleneck-evidence',
    title: 'Bottlenecks: all numbers that were looked at',
    columns: [
      { name: 'case', unit: null },
      { name: 'evidence', unit: null },
      { name: 'value', unit: '' },
      {
        name: 'threshold',
        unit: '',
        description: 'At or above, it speaks for the limit; null: it does not.',
      },
      { name: 'limit', unit: null },
    ],
    rows: judged.flatMap(({ name, evidence, bottleneck }) => {
      const facts = [...bottleneck.claims, ...bottleneck.explained].flatMap(({ limit, facts: own }) =>
        own.map((fact): readonly [Fact, Limit] => [fact, limit]),
      )
      const said = new Set(facts.map(([fact]) => fact.name))
      const rest = Object.entries(evidence).flatMap(([fact, value]) =>
        typeof value === 'number' && !said.has(fact as FactName) ? [[name, fact, value, null, '']] : [],
      )
      return [...facts.map(([fact, limit]) => [name, fact.name, fact.value, fact.threshold, limit]), ...rest]
    }),
    notes: [],
    plotOnly: true,
  }
}
