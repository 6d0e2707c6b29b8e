/** Made by scripts/word-files.ts. */
declare module 'virtual:words/desk/*' {
  const words: import('#messages/format.ts').Dictionary
  export default words
}
