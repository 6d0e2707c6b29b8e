import { everybody, read } from '#server/platform/context.ts'
import { offeredProviders, passkeysPossible } from '#server/people/index.ts'

/** What the way in offers beside the password (src/lib/ui/OtherWaysIn.svelte). The same for everybody: nobody is known yet. */
export const waysIn = async (
  { locals, url }: { locals: App.Locals; url: URL },
  next: string | null = url.searchParams.get('next'),
) => ({
  ways: {
    providers: await read(locals.app, everybody, offeredProviders),
    passkey: passkeysPossible(locals.app),
    next: next ?? '/desk',
  },
})
