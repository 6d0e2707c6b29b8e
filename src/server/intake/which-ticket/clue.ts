/** Something in a mail that says to which ticket it belongs. What it is worth is decided with who sent it (decide.ts). */
export interface Clue {
  by: 'reply_address' | 'mail_id' | 'body' | 'subject'
  /** The ticket's number, or an id under which the table of mail ids knows it. */
  ticket_number?: string
  mail_id?: string
  /** To whom a signed address was given. */
  participant_id?: string
}
