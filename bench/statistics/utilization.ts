/**
 * The tables of docs/utilization.md: how the controller and the plain way up bring simulated targets to 80 %. Seeded:
 * prints the same on every machine.
 *
 *   node --conditions=servebench-source bench/statistics/utilization.ts 200
 *   node --conditions=servebench-source bench/statistics/utilization.ts 200 docs/images/loads/utilization.svg   # and its picture
 */
import { writeFileSync } from 'node:fs'
import { drawControl } from '../../packages/core/src/report/control-picture.ts'
import type { ControlStep } from '../../packages/core/src/report/result.ts'
import { meanInterval } from '../../packages/core/src/stats/interval/mean-interval.ts'
import type { ControlGoal, LoadController } from '../../packages/core/src/stats/control/plant-reading.ts'
import { StepController } from '../../packages/core/src/stats/control/step-controller.ts'
import { UtilizationController } from '../../packages/core/src/stats/control/utilization-controller.ts'
import { Random } from '../../packages/core/src/stats/prng.ts'
import { closedNetwork, Plant, type PlantOptions } from '../../packages/core/src/testing/simulation/plant.ts'

const RUNS = Number(process.argv[2] ?? 200)
const LONGEST = 400
/** Periods for which a target is then held. */
const HELD = 100

const USERS: ControlGoal = {
  target: 0.8,
  ceiling: 1,
  tolerance: 0.02,
  from: 1,
  least: 1,
  most: 64,
  whole: true,
}
const RATE: ControlGoal = { ...USERS, from: 1000 / 64, least: 0.1, most: 1000, whole: false }

const arrivals =
  (perLoad: number, background: number): PlantOptions['curve'] =>
  (load) => ({ gauge: Math.min(1, background + perLoad * load), throughput: Math.min(1 / perLoad, load) })
const hump: PlantOptions['curve'] = (load) => {
  const value = Math.max(0.05, 0.85 - 0.02 * (load - 6) * (load - 6))
  return { gauge: value, throughput: 10 * value }
}
const bounded: PlantOptions['curve'] = (load) => ({
  gauge: Math.min(0.62, 0.1 * load),
  throughput: Math.min(6.2, load),
})

const PLANTS: readonly (readonly [name: string, plant: PlantOptions, goal: ControlGoal])[] = [
  ['users of one server, think time 4 S', { curve: closedNetwork(1, 4), noise: 0.02 }, USERS],
  [
    'the same, noisy (0.05), two periods late',
    { curve: closedNetwork(1, 4), noise: 0.05, deadTime: 2 },
    USERS,
  ],
  [
    'think time 30 S, first-order lag of 2 periods',
    { curve: closedNetwork(1, 30), response: 0.4, noise: 0.02 },
    USERS,
  ],
  ['think time 12 S, three periods late', { curve: closedNetwork(1, 12), deadTime: 3, noise: 0.02 }, USERS],
  [
    'think time 12 S, gauge in steps of 0.05',
    { curve: closedNetwork(1, 12), quantum: 0.05, noise: 0.02 },
    USERS,
  ],
  ['arrivals, 0.1 of background', { curve: arrivals(1 / 900, 0.1), noise: 0.02 }, RATE],
  ['falls again beyond 6 users', { curve: hump, noise: 0.01 }, USERS],
  ['ends at 0.62', { curve: bounded, noise: 0.02 }, USERS],
]

interface Run {
  readonly held: boolean
  readonly unreachable: boolean
  readonly reached: number
  readonly settled: number
  readonly overshoot: number
  readonly error: number
  readonly deviation: number
}

function run(controller: LoadController, plant: Plant, goal: ControlGoal): Run {
  let period = 0
  let reached = NaN
  let peak = 0
  const isRunning = (): boolean => controller.phase !== 'hold' && controller.phase !== 'unreachable'
  for (; period < LONGEST && isRunning(); period++) {
    controller.tick(plant.read(controller.load))
    peak = Math.max(peak, plant.level)
    if (Number.isNaN(reached) && plant.level >= goal.target - goal.tolerance) reached = period + 1
  }
  const held = controller.phase === 'hold'
  let sum = 0
  let squares = 0
  for (let count = 0; count < (held ? HELD : 0); count++) {
    controller.tick(plant.read(controller.load))
    sum += plant.level
    squares += plant.level * plant.level
  }
  const mean = sum / HELD
  return {
    held,
    unreachable: controller.phase === 'unreachable',
    reached,
    settled: period,
    overshoot: Math.max(0, peak - goal.target),
    error: Math.abs(mean - goal.target),
    deviation: Math.sqrt(Math.max(0, squares / HELD - mean * mean)),
  }
}

function row(name: string, how: string, runs: readonly Run[]): string {
  const held = runs.filter((one) => one.held)
  const mean = (value: (one: Run) => number, of: readonly Run[], digits: number): string =>
    of.length === 0 ? '–' : (of.reduce((sum, one) => sum + value(one), 0) / of.length).toFixed(digits)
  const share = (count: number): string => `${((100 * count) / runs.length).toFixed(0)} %`
  const cells = [
    name,
    how,
    share(held.length),
    share(runs.filter((one) => one.unreachable).length),
    mean(
      (one) => one.reached,
      held.filter((one) => one.reached > 0),
      1,
    ),
    mean((one) => one.settled, runs, 1),
    mean((one) => one.overshoot, held, 3),
    mean((one) => one.error, held, 3),
    mean((one) => one.deviation, held, 3),
  ]
  return `| ${cells.join(' | ')} |`
}

console.log('| target | method | held | unreachable | reached | decided | overshoot | error | deviation |')
console.log(`|${' --- |'.repeat(9)}`)
for (const [name, options, goal] of PLANTS) {
  const step = goal.whole ? 1 : goal.from
  const methods: readonly (readonly [string, () => LoadController])[] = [
    ['controller', () => new UtilizationController(goal)],
    ['steps', () => new StepController(goal, step)],
  ]
  for (const [how, create] of methods) {
    const runs = Array.from({ length: RUNS }, (_, seed) =>
      run(create(), new Plant(options, new Random([seed, 11, 12, 13])), goal),
    )
    console.log(row(name, how, runs))
  }
}

/** The first of the plants, as a trial with a period of two seconds would show it. */
function plot(file: string): void {
  const period = 2e9
  const [, options, goal] = PLANTS[1] as (typeof PLANTS)[number]
  const controller = new UtilizationController(goal)
  const plant = new Plant(options, new Random([4, 11, 12, 13]))
  const course: ControlStep[] = []
  const at = { approach: 0, hold: 0 }
  for (let count = 1; at.hold === 0 || count * period < at.hold + 120e9; count++) {
    const { load, phase } = controller
    const reading = plant.read(load)
    course.push({ at: count * period, reading: reading.gauge, load, phase })
    controller.tick(reading)
    if (controller.phase !== 'identify' && at.approach === 0) at.approach = count * period
    if (controller.phase === 'hold' && at.hold === 0) at.hold = count * period
  }
  const held = Float64Array.from(course.filter((step) => step.at > at.hold).map(({ reading }) => reading))
  const mean = held.reduce((sum, value) => sum + value, 0) / held.length
  const picture = drawControl({
    stream: 'main',
    gauge: 'host.cpu.utilization',
    unit: '1',
    target: goal.target,
    tolerance: goal.tolerance,
    method: 'controller',
    vary: 'concurrency',
    most: goal.most,
    period,
    outcome: Math.abs(mean - goal.target) <= goal.tolerance ? 'held' : 'not-held',
    obstacle: null,
    plateau: null,
    problem: null,
    phases: {
      warmup: { from: 0, until: 0 },
      identify: { from: 0, until: at.approach },
      approach: { from: at.approach, until: at.hold },
    },
    settled: true,
    mean,
    interval: meanInterval(held),
    coverage: 1,
    oscillation: { deviation: null, p5: null, p95: null, cycle: null },
    overshoot: 0,
    load: { mean: null, min: null, max: null },
    moves: 0,
    backOffs: controller.backOffs,
    course,
  })
  writeFileSync(file, picture)
}

const file = process.argv[3]
if (file !== undefined) plot(file)
