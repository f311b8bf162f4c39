import { Box, Text } from 'ink'
import type { ReactElement, ReactNode } from 'react'
import type { createColors } from 'picocolors'
import { formatDuration } from '../units/duration.ts'
import { SECOND } from '../units/nanos.ts'
import type { BarPart } from './phase-bar.ts'

export type Paint = ReturnType<typeof createColors>

/** In columns. */
export const LONGEST_BAR = 40
export const SHORTEST_BAR = 8

/** Side by side where it fits, else in further lines. */
export function Row({ gap = 1, children }: { gap?: number; children: ReactNode }): ReactElement {
  return (
    <Box columnGap={gap} flexWrap="wrap">
      {children}
    </Box>
  )
}

export function Bar({ parts, paint }: { parts: readonly BarPart[]; paint: Paint }): ReactElement {
  const colours: Readonly<Record<BarPart['kind'], (text: string) => string>> = {
    warmup: paint.yellow,
    measurement: paint.green,
    drain: paint.magenta,
    open: paint.dim,
  }
  return <Text>{parts.map(({ kind, text }) => colours[kind](text)).join('')}</Text>
}

/** Tenths of a second, so that the digits stay where they are. */
export function formatClock(nanos: number): string {
  return nanos < 100 * SECOND ? `${(nanos / SECOND).toFixed(1)} s` : formatDuration(nanos)
}
