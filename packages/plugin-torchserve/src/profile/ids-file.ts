/** What the names of files begin with that say which id the server has given to which unit. */
export const IDS_FILE = 'ids-'
