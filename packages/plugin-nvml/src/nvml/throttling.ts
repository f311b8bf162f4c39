/** What holds the clocks of a GPU back: bits of `nvmlClocksEventReason…` in nvml.h. */
export const THROTTLING: Readonly<Record<string, bigint>> = {
  /** The power limit, and the brake of the power supply. */
  power: 0x04n | 0x80n,
  /** Too hot, by the driver's judgement or the hardware's. */
  thermal: 0x20n | 0x40n,
  /** The hardware slows down for one of these reasons or another. */
  hardware: 0x08n,
}
