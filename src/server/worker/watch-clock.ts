const LOOK_MS = 5_000
/** Less is what clocks do that are kept right by the net. */
const SET_BACK_MS = 90_000

/**
 * Calls when somebody has set this machine's clock back, as a clock tells that nobody sets. What waits by the time of day would wait until that time comes again.
 * @returns ends the watch
 */
export function watchClock(onSetBack: () => void, look_ms = LOOK_MS): () => void {
  const offset = () => Date.now() - performance.now()
  let last = offset()
  const timer = setInterval(() => {
    const now = offset()
    if (last - now > SET_BACK_MS) onSetBack()
    last = now
  }, look_ms)
  timer.unref()
  return () => clearInterval(timer)
}
