import type { Section } from '../section.ts'
import { closed, large } from './closed.ts'
import { frozen } from './frozen.ts'
import { grpc } from './grpc.ts'
import { overstatement } from './overstatement.ts'
import { rate } from './rate.ts'
import { start } from './start.ts'
import { triton } from './triton.ts'

/** In the order in which they run and stand in the results. */
export const SECTIONS: readonly Section[] = [closed, large, rate, overstatement, frozen, grpc, start, triton]
