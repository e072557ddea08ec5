/** The undo that every wait, watch and timer returns. */

/** Undoes a registration; harmless when called twice. */
export type Undo = () => void

/** The undo of something that is over already. */
export const nothingToUndo: Undo = () => {}
