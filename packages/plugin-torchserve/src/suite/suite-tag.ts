/** Of the cases that come from a file of the suite. */
export const SUITE_TAG = 'torchserve-suite'

/** What the tag with a case's input begins with. */
export const INPUT_TAG: string = `${SUITE_TAG}:input=`
