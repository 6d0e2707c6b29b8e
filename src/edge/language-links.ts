/** This page's address in each language; what else the address says is kept, except the name of a form's action. */
export function languageLinks(url: URL): { code: 'id' | 'en'; name: string; href: string }[] {
  const rest = [...url.searchParams].filter(([name]) => name !== 'language' && !name.startsWith('/'))
  const linkTo = (language: string) => `?${new URLSearchParams([...rest, ['language', language]])}`
  return [
    { code: 'id', name: 'Bahasa Indonesia', href: linkTo('id') },
    { code: 'en', name: 'English', href: linkTo('en') },
  ]
}
