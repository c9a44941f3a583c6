import type { Log } from '../world.ts'

/** What a listener hears: the number of an event that was committed, or that a stage's log has grown to a line. */
export type FeedMessage =
  | { readonly type: 'event'; readonly id: number; readonly executionId: number }
  | { readonly type: 'grew'; readonly executionId: number; readonly stage: number; readonly lines: number }

export type FeedListener = (message: FeedMessage) => void

/**
 * Tells listeners what was committed, and only then. It carries numbers, never content: whoever listens reads the store
 * from where it stopped, and so may miss or drop messages without losing anything.
 */
export interface Feed {
  /** Returns the function that ends the subscription. Listeners are called at once and in order; they must not block. */
  subscribe(listener: FeedListener): () => void
  tell(message: FeedMessage): void
}

export function createFeed(log: Log): Feed {
  const listeners = new Set<FeedListener>()
  return {
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    tell: (message) => {
      for (const listener of listeners) {
        try {
          listener(message)
        } catch (error) {
          // What is committed is committed: one listener's fault must reach neither the ledger nor the other listeners.
          log.error('A listener of the feed failed.', { error: String(error), ...message })
        }
      }
    },
  }
}
