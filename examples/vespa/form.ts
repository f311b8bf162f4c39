import { availableParallelism } from 'node:os'

/** `FORM=full` has the article's models and takes an hour; without it, small ones show the same in two minutes. */
export const isFull: boolean = process.env['FORM'] === 'full'
export const CORES: number = availableParallelism()
