/** How what was begun is taken back: every wait, watch and timer gives out its own undo. */

/** Undoes a registration; harmless when called twice. */
export type Undo = () => void

/** For what was over before it could be taken back. */
export const nothingToUndo: Undo = () => {}
