import type { StudyProgress } from '../plan/study/study-progress.ts'
import { describeLeader, describeReuse, describeStudy } from './study-text.ts'

/** What logs tell of a study: that it begins, what it takes over, and what is best whenever that changes. */
export class StudyNotes {
  readonly id: string
  #hasBegun = false
  #reuse = ''
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
      lines.push(`${name}: ${search}, at most ${most} of ${study.size} configurations`)
    }
    const reuse = describeReuse(study).join(', ')
    // Said when it begins, and how it has become when it ends: not for every measurement.
    if (reuse !== '' && reuse !== this.#reuse && (!this.#hasBegun || study.state === 'ended')) {
      lines.push(`  ${reuse}`)
      this.#reuse = reuse
    }
    this.#hasBegun = true
    const best = this.#newBest(study)
    if (best !== null) lines.push(best)
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
