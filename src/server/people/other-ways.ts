/** The other ways to sign in, for index.ts: passkeys (WebAuthn) and identity providers (OpenID Connect). */
export { boundCookieName, type BoundCookie } from './browser-bound.ts'
export {
  AddProvider,
  addProvider,
  ChangeProvider,
  changeProvider,
  listProviders,
  offeredProviders,
  logoutAddress,
  redirectAddress,
  removeProvider,
  seeProvider,
  turnProvider,
  twoFactors,
  type ProviderRow,
} from './providers.ts'
export { tryProvider, type Tried } from './try-provider.ts'
export { goToProvider, returnFromProvider, type Errand, type Returned } from './sign-in-with-provider.ts'
export {
  acceptByProvider,
  invitedName,
  linkProvider,
  listProviderLinks,
  unconfirmedOf,
  unlinkProvider,
  type ProviderLink,
} from './provider-links.ts'
export { wayChangedMail, type WayChanged } from './way-mails.ts'
export { passkeysPossible } from './passkey-library.ts'
export { addPasskey, askForPasskey, listPasskeys, namePasskey, removePasskey, type PasskeyRow } from './passkeys.ts'
export {
  answerWithPasskey,
  askSecondPasskey,
  askWho,
  signInWithPasskey,
  type PasskeyAnswer,
} from './sign-in-with-passkey.ts'
