/** `FORM=full` has the tutorial's 1024 users and a network of some size; without it, a small one shows the same. */
export const isFull: boolean = process.env['FORM'] === 'full'
