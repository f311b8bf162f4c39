/** How the note begins that says which open sizes of a model were taken as 1. */
export const ASSUMED_SIZES = 'Sizes that nobody gave are taken as 1'
