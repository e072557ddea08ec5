/** Where operators find what they may ask and order. */

/** Everything of the admin port is under this. */
export const ADMIN_PATH = '/__tidewait/'
