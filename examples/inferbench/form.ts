/** `FORM=full` has the sizes and times of the article and takes hours; without it, minutes show what there is to see. */
export const isFull: boolean = process.env['FORM'] === 'full'
