import type { StudyProgress } from '../plan/study/study-progress.ts'
import { printable } from '../report/printable.ts'
import { describeLeader, describeReuse, describeStudy } from './study-text.ts'

/** What logs tell of a study: that it begins, what it takes over, and what is best whenever that changes. */
export class StudyNotes {
  readonly id: string
  #hasBegun = false
  #reused = 0
  /** Reasons that were told. */
  readonly #again = new Set<string>()
  /** The configuration and its load that were named last. */
  #best = ''

  constructor(id: string) {
    this.id = id
  }

  linesOf(study: StudyProgress): readonly string[] {
    const lines: string[] = []
    if (!this.#hasBegun) {
      const [name, search] = describeStudy(study)
      const { most } = study.configurations
      const count =
        study.search === 'grid' && most === study.size ? study.size : `at most ${most} of ${study.size}`
      lines.push(`${name}: ${search}, ${count} configurations`)
    }
    lines.push(...this.#news(study))
    this.#hasBegun = true
    const best = this.#newBest(study)
    if (best !== null) lines.push(best)
    return lines
  }

  /** Counts when it begins and ends, and reasons as they appear: not a line for every measurement. */
  #news(study: StudyProgress): readonly string[] {
    const isNew = study.reused !== this.#reused || study.again.length > 0
    if (study.state === 'ended') return isNew ? [`  ${describeReuse(study).join(', ')}`] : []
    const lines: string[] = []
    if (!this.#hasBegun && study.reused > 0) {
      this.#reused = study.reused
      lines.push(`  ${describeReuse({ ...study, again: [] }).join()}`)
    }
    for (const { why } of study.again) {
      if (!this.#again.has(why)) lines.push(`  measured again: ${printable(why)}`)
      this.#again.add(why)
    }
    return lines
  }

  #newBest(study: StudyProgress): string | null {
    const [best] = study.leading
    // While the loads of a configuration go up, each is better than the one before.
    if (best === undefined || study.current?.point === best.point) return null
    const key = JSON.stringify([best.point, best.load, best.feasible])
    if (key === this.#best) return null
    this.#best = key
    const [name, ...numbers] = describeLeader(best, study)
    return `  ${best.feasible ? 'best' : 'nearest'} so far: ${name}: ${numbers.join(', ')}`
  }
}
