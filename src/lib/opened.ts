/**
 * The attributes of a `<details>` that is open from the start, or shut: `<details {...opened(typed !== undefined)}>`. Written as `open={…}` it
 * would be shut again when the page's script arrives, under the hands of whoever opened it meanwhile on a slow line.
 */
export const opened = (is_open: boolean): { open?: true } => (is_open ? { open: true } : {})
