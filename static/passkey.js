/**
 * Passkeys (WebAuthn): the one thing of the way in that no browser does without a script. A form with data-passkey says what is asked
 * (data-options, JSON of WebAuthn Level 3); the browser's answer goes into its field `answer`, and the form is posted like any other. Nothing is
 * fetched, nothing is kept.
 */
'use strict'

for (const form of document.querySelectorAll('form[data-passkey]')) {
  const start = form.querySelector('[data-start]')
  const failed = form.querySelector('[data-failed]')
  const known = form.querySelector('[data-known]')
  if (!start || !globalThis.PublicKeyCredential || !navigator.credentials) continue
  form.querySelector('[data-without]')?.setAttribute('hidden', '')
  start.removeAttribute('hidden')
  // The enter key in the field for a name must not post the form without an answer.
  form.addEventListener('submit', (event) => {
    if (form.elements.namedItem('answer').value !== '') return
    event.preventDefault()
    void ask()
  })

  async function ask() {
    if (!form.reportValidity()) return
    for (const one of [failed, known]) one?.setAttribute('hidden', '')
    start.setAttribute('disabled', '')
    try {
      const options = JSON.parse(form.dataset.options)
      const made = form.dataset.passkey === 'new' ? await make(options) : await prove(options)
      form.elements.namedItem('answer').value = JSON.stringify(made)
      form.requestSubmit()
    } catch (error) {
      const shown = error?.name === 'InvalidStateError' && known ? known : failed
      shown?.removeAttribute('hidden')
      start.removeAttribute('disabled')
    }
  }
}

async function make(options) {
  const { challenge, user, excludeCredentials } = options
  const publicKey = {
    ...options,
    challenge: bytes(challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: excludeCredentials.map(identified),
  }
  const made = await navigator.credentials.create({ publicKey })
  const { clientDataJSON, attestationObject } = made.response
  return described(made, {
    clientDataJSON: text(clientDataJSON),
    attestationObject: text(attestationObject),
    transports: made.response.getTransports?.() ?? [],
  })
}

async function prove(options) {
  const { challenge, allowCredentials } = options
  const publicKey = { ...options, challenge: bytes(challenge), allowCredentials: allowCredentials.map(identified) }
  const proved = await navigator.credentials.get({ publicKey })
  const { clientDataJSON, authenticatorData, signature, userHandle } = proved.response
  return described(proved, {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  })
}

const described = ({ id, rawId, type }, response) => ({ id, rawId: text(rawId), type, response })
const identified = (one) => ({ ...one, id: bytes(one.id) })

/** Base64url to bytes, and back. */
function bytes(base64url) {
  return Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0))
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
