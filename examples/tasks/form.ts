/** `FORM=full` has models as they are published; without it, they are as small as their families get. */
export const isFull: boolean = process.env['FORM'] === 'full'
