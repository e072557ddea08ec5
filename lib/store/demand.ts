/** Who a body that still comes is written for, and whether that is anybody; how it is written is not known here. */

/**
 * | purpose | what a body is written for |
 * |---|---|
 * | kept | those who read it, and those who come later: as fast as it comes, to its end |
 * | passing | as well; but once somebody has begun to read, only as they read, and until they have left |
 * | loose | those who read it, and nobody else: as they read, and until they have left |
 */
export type Purpose = 'kept' | 'passing' | 'loose'

export class Demand {
  purpose: () => Purpose = kept
  /** Told once there is something to write for. */
  roomListener: (() => void) | undefined = undefined
  /** Told whenever nobody is left to write for. */
  desertedListener: (() => void) | undefined = undefined
  /** Those who read, or may begin to. */
  #followers: number | 'none yet' = 'none yet'

  get isDeserted(): boolean {
    return !this.#isFollowed && !this.isSteady
  }

  /** Whether it is written on, however slowly it is read. */
  get isSteady(): boolean {
    const purpose = this.purpose()
    return purpose === 'kept' || (purpose === 'passing' && this.#followers === 'none yet')
  }

  follow(): void {
    this.#followers = this.#followers === 'none yet' ? 1 : this.#followers + 1
  }

  /** As often as `follow`. */
  leave(): void {
    if (this.#followers !== 'none yet') this.#followers -= 1
    if (!this.isDeserted) return
    this.desertedListener?.()
    this.tellOfRoom()
  }

  tellOfRoom(): void {
    const listener = this.roomListener
    this.roomListener = undefined
    listener?.()
  }

  get #isFollowed(): boolean {
    return this.#followers !== 'none yet' && this.#followers > 0
  }
}

function kept(): Purpose {
  return 'kept'
}
