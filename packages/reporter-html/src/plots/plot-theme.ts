export interface PlotTheme {
  readonly dark: boolean
}
