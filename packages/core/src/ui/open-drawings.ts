/** Drawings that hold the terminal now. An error that nobody caught has to end them before it can be told. */
const open = new Set<{ restore(): void }>()

export function addDrawing(drawing: { restore(): void }): void {
  open.add(drawing)
}

export function removeDrawing(drawing: { restore(): void }): void {
  open.delete(drawing)
}

export function restoreTerminal(): void {
  for (const drawing of open) drawing.restore()
}
