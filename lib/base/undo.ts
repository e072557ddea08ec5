/** The undo that every wait, watch and timer returns. */

/** Undoes a registration, or stops a timer. Harmless when called twice, or too late. */
export type Undo = () => void

/** The undo of something that is over already. */
export const nothingToUndo: Undo = () => {}
