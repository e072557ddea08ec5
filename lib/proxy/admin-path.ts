/** The path of the admin port. */

/** All paths of the admin port begin with this. */
export const ADMIN_PATH = '/__tidewait/'
