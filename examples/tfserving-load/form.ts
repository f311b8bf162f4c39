/** `FORM=full` has the article's model, users and five minutes; without it, seconds show the same. */
export const isFull: boolean = process.env['FORM'] === 'full'
