/** How many of `total` things, dealt out in turn, worker `worker` gets. */
export function share(total: number, worker: number, workers: number): number {
  return Math.floor((total - worker - 1) / workers) + 1
}
