/** `FORM=full` has a network of some size and the article's batches and workers; without it, a small one shows the same. */
export const isFull: boolean = process.env['FORM'] === 'full'
