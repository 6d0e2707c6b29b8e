import type { ComponentProps } from 'svelte'
import { render } from 'svelte/server'
import shell from '../../../../app.html?raw'
import Whole from './Whole.svelte'

/**
 * How a follow page is made after the first one of this process: the same components in the same shell. What SvelteKit does around them
 * (routing, requests and answers as streams, data written out for scripts that the page does not have) took two thirds of its time.
 * @param made a follow page as SvelteKit made it: it knows where the styles are
 */
export function wholeMaker(made: string): (data: Record<string, unknown>, url: URL) => string {
  const styles = (made.match(/<link\b[^>]*\brel="stylesheet"[^>]*>/g) ?? []).join('')
  return (data, url) => {
    const page = { data, url, form: null, error: null, status: 200, state: {}, params: {}, route: { id: null } }
    const { head, body } = render(Whole, {
      props: { data: data as ComponentProps<typeof Whole>['data'] },
      // Where $app/state looks.
      context: new Map([['__request__', { page }]]),
    })
    const parts: Record<string, string> = {
      'sveltekit.head': head + styles,
      'sveltekit.body': body,
      'pandu.language': String(data['language']),
    }
    return shell.replace(/%([a-z.]+)%/g, (_, name: string) => parts[name] ?? '')
  }
}
