import { drawAll } from './plot-figure.ts'
import { openFolds } from './section.ts'
import { forPaper } from './theme.ts'

/** On paper everything is open, drawn and light. */
export function preparePrinting(): void {
  addEventListener('beforeprint', () => {
    openFolds()
    forPaper(true)
    drawAll()
  })
  addEventListener('afterprint', () => forPaper(false))
}
