/**
 * Nothing of the frame can run, send, or be fetched: pictures stand in the page itself. The sandbox gives it an origin of its own, so that
 * even a hole in the sanitiser finds no session (trust: HTML-mail XSS; remote images).
 */
export const POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
