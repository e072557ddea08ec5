/** The window of a body that crosses: how much of it may be on its way. Its other end, `Incoming`, reports what was taken in and read. */

/**
 * How many messages may be on their way before the other end has taken any in. A message weighs a few hundred bytes besides those that
 * it carries, so of a body that comes in tiny chunks, a window of bytes alone would be far too many for an end that stands still.
 */
const MOST_MESSAGES = 1024

/** How many messages an end takes in before it reports them, whether their bytes were read or not. */
export const REPORT_MESSAGES = MOST_MESSAGES / 4

export class Window {
  /** How many more messages may be sent. */
  messages = MOST_MESSAGES

  constructor(
    /** How many more bytes may be sent. The last chunk may go beyond this. */
    public bytes: number,
  ) {}

  get hasRoom(): boolean {
    return this.bytes > 0 && this.messages > 0
  }
}
