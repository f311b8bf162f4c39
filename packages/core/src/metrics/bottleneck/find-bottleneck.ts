import type { Evidence } from './evidence.ts'

export type Limit =
  | 'client'
  | 'network'
  | 'queue'
  | 'copy'
  | 'compute'
  | 'memory'
  | 'power'
  | 'over-subscription'

/** A number that speaks for a limit: at or above its threshold. */
export interface Fact {
  readonly name: FactName
  readonly value: number
  readonly threshold: number
}

export type FactName =
  | Exclude<keyof Evidence, 'calmer' | 'side'>
  | 'waiting'
  | 'computeRoof'
  | 'memoryRoof'
  | 'throughputLoss'

export interface Claim {
  readonly limit: Limit
  readonly facts: readonly Fact[]
}

export interface Bottleneck {
  /** `unclear`: nothing is at its limit, or several things are that do not explain each other. */
  readonly verdict: Limit | 'unclear'
  /** What speaks for the verdict; of an unclear one, all that speaks for something. */
  readonly claims: readonly Claim[]
  /** What holds as well and is explained by the verdict: a queue in front of a processor that is busy. */
  readonly explained: readonly Claim[]
}

/** From where on a number speaks for a limit; `docs/bottlenecks.md` has them with their reasons. */
export const THRESHOLDS = {
  loadThread: 0.9,
  lag: 0.2,
  clientCpu: 0.95,
  network: 0.5,
  waiting: 0.5,
  copy: 0.3,
  gpuBusy: 0.9,
  gpuUnits: 0.8,
  gpuBandwidth: 0.7,
  powerThrottle: 0.1,
  heatThrottle: 0.1,
  powerOfLimit: 0.97,
  serverCpu: 0.9,
  hostCpu: 0.95,
  cpuThrottle: 0.1,
  memoryPressure: 0.1,
  runnable: 1.25,
  throughputLoss: 0.05,
  roof: 0.5,
} as const

/** Below this, clocks that are known not to be held back contradict a power near its limit. */
const NOT_THROTTLED = 0.01

/** Above this the processors of the machine say more about other programs than about the target. */
const DISTURBED = 0.1
/** A pressure of all the time cannot rise further: a sign that has not fallen below this share is the same. */
const SAME = 0.95

/** What a limit brings about, and is not the cause of. */
const EXPLAINS: Readonly<Partial<Record<Limit, readonly Limit[]>>> = {
  // A client that is late reads late: its own time looks like the network's.
  client: ['network', 'queue'],
  // Clocks that are held back keep the device busy for longer.
  power: ['compute', 'memory', 'queue'],
  // Units that wait for memory count as busy.
  memory: ['compute', 'queue'],
  'over-subscription': ['compute', 'network', 'queue'],
  // What has no time for a request leaves it in a queue, or in the front end, which looks like the network.
  compute: ['network', 'queue'],
  copy: ['queue'],
}

/** What limits a measurement, by the rules of the table; never a guess. */
export function findBottleneck(given: Evidence): Bottleneck {
  const evidence = isDisturbed(given) ? { ...given, ...NOT_ITS_OWN } : given
  const claims = RULES.flatMap(([limit, rule]): readonly Claim[] => {
    const facts = rule(evidence)
    return facts.length === 0 ? [] : [{ limit, facts }]
  })
  const isExplained = ({ limit }: Claim): boolean =>
    claims.some((other) => EXPLAINS[other.limit]?.includes(limit) === true)
  const causes = claims.filter((claim) => !isExplained(claim))
  const [only] = causes
  if (only === undefined || causes.length > 1) return { verdict: 'unclear', claims: causes, explained: [] }
  return { verdict: only.limit, claims: causes, explained: claims.filter(isExplained) }
}

/** Whether other programs had much of the machine. */
export function isDisturbed({ foreignCpu }: Evidence): boolean {
  return foreignCpu !== null && foreignCpu > DISTURBED
}

/** What is counted for the machine as a whole. */
const NOT_ITS_OWN: Partial<Evidence> = {
  clientCpu: null,
  hostCpu: null,
  memoryPressure: null,
  runnable: null,
  cpuPressure: null,
  calmer: null,
}

type Rule = (evidence: Evidence) => readonly Fact[]

const RULES: readonly (readonly [Limit, Rule])[] = [
  ['client', (evidence) => above(evidence, 'loadThread', 'lag', 'clientCpu')],
  ['power', powerFacts],
  ['over-subscription', overSubscriptionFacts],
  [
    'memory',
    (evidence) => [...above(evidence, 'gpuBandwidth', 'memoryPressure'), ...roofFacts(evidence, 'memory')],
  ],
  ['compute', computeFacts],
  ['copy', copyFacts],
  ['network', (evidence) => above(evidence, 'network')],
  ['queue', queueFacts],
]

function above(
  evidence: Evidence,
  ...names: readonly (keyof typeof THRESHOLDS & keyof Evidence)[]
): readonly Fact[] {
  return names.flatMap((name) => factOf(name, evidence[name], THRESHOLDS[name]))
}

function factOf(name: FactName, value: number | null, threshold: number): readonly Fact[] {
  return value !== null && value >= threshold ? [{ name, value, threshold }] : []
}

/** A power at its limit is none where the device says that it is not held back. */
function powerFacts(evidence: Evidence): readonly Fact[] {
  const { powerThrottle } = evidence
  return [
    ...above(evidence, 'powerThrottle', 'heatThrottle'),
    ...(powerThrottle !== null && powerThrottle < NOT_THROTTLED ? [] : above(evidence, 'powerOfLimit')),
  ]
}

/** Threads above cores are harmless until less gets done: it takes a case with fewer of them to tell. */
function overSubscriptionFacts(evidence: Evidence): readonly Fact[] {
  const { calmer, runnable, cpuPressure, involuntary } = evidence
  const crowd = above(evidence, 'runnable')
  if (calmer === null || runnable === null || crowd.length === 0 || !(runnable > calmer.runnable)) return []
  const loss = factOf('throughputLoss', 1 - calmer.throughput, THRESHOLDS.throughputLoss)
  const signs = [
    ['cpuPressure', cpuPressure, calmer.cpuPressure],
    ['involuntary', involuntary, calmer.involuntary],
  ] as const
  const known = signs.flatMap(([name, value, before]) =>
    value === null || before === null ? [] : [{ name, value, threshold: before }],
  )
  const rose = known.some(({ value, threshold }) => value > threshold)
  const fell = known.some(({ value, threshold }) => value < SAME * threshold)
  return loss.length === 0 || !rose || fell ? [] : [...crowd, ...known, ...loss]
}

/** Busy multiprocessors, where they are known, before the time in which any kernel ran: one busy unit is 100 % of that. */
function computeFacts(evidence: Evidence): readonly Fact[] {
  const gpu = evidence.gpuUnits === null ? above(evidence, 'gpuBusy') : above(evidence, 'gpuUnits')
  return [
    ...gpu,
    ...above(evidence, 'serverCpu', 'hostCpu', 'cpuThrottle'),
    ...roofFacts(evidence, 'compute'),
  ]
}

function roofFacts({ side, ofRoof }: Evidence, wanted: 'compute' | 'memory'): readonly Fact[] {
  return side === wanted ? factOf(`${wanted}Roof`, ofRoof, THRESHOLDS.roof) : []
}

function copyFacts(evidence: Evidence): readonly Fact[] {
  const { copy, infer } = evidence
  return copy !== null && infer !== null && copy >= infer ? above(evidence, 'copy') : []
}

/** Waiting to be sent and waiting in the server are one queue in two places. */
function queueFacts({ wait, queue }: Evidence): readonly Fact[] {
  if (wait === null && queue === null) return []
  return factOf('waiting', (wait ?? 0) + (queue ?? 0), THRESHOLDS.waiting)
}
