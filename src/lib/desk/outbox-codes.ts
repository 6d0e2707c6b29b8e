/** Our own codes in `last_error` of a text, a mail or a gateway; each has its sentence `outbox.reason_<code>`. */
export const ownCodes = [
  // Why a row of the outbox does not go now, or never.
  'origin_is_local',
  'limited',
  'paid_limit',
  'restricted',
  'unanswered',
  'undecided',
  'gateway_away',
  'gateway_not_open',
  'stopped',
  'blocked',
  'muted',
  'window_closed',
  'too_long',
  'empty',
  'bad_address',
  'file_missing',
  'fault',
  // What a report says of a text where it says no more.
  'reported',
  'failed',
  'rejected',
  'unknown',
  // How a gateway is found.
  'not_connected',
  'bound_by_another_process',
  'silent',
  'closed',
  'unbound',
  'outcome_unknown',
  'no_smpp',
  'ending',
  'lease_lost',
  'error',
  'receives_only',
  'no_file',
  'lost',
  'unreachable',
  'time',
  'not_telegram',
  'other_webhook',
  'size',
  'aborted',
] as const
export type OwnCode = (typeof ownCodes)[number]

/** Codes of the system, of operators and of programs beside us, by what an administrator does about them; the code itself stands behind the sentence. */
export const familiesOfCodes = [
  [/^(ESME_RINVDSTADR|ESME_RINVDSTTON|ESME_RINVDSTNPI|NACK\/0x0*b(\/.*)?|refused_number .*)$/i, 'number_unknown'],
  [/^(ESME_RTHROTTLED|ESME_RMSGQFUL)$/, 'throttled'],
  [/^(ESME_RBINDFAIL|ESME_RINVPASWD|ESME_RINVSYSID)$/, 'login_refused'],
  [/^(ESME_\w+|0x[0-9a-f]+)$/, 'operator_refused'],
  [/^EXPIRED\b/, 'expired'],
  [/^(UNDELIV|DELETED|REJECTD)\b/, 'undelivered'],
  [/^(SendingError|DeliveryFailed|Error)( \d+)?$/, 'gammu_failed'],
  [/^SQLITE_\w+$/, 'gammu_database'],
  [/^(EACCES|EPERM|EROFS)$/, 'no_permission'],
  [/^(ENOENT|ENOTDIR|EISDIR)$/, 'gone_path'],
  // As Node and OpenSSL call them: not signed by whom we trust, over, or for another host; and who speaks no TLS at all.
  [
    /^(ERR_TLS_CERT\w*|\w*CERT\w*|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED)$/,
    'certificate',
  ],
  [/^(no_tls|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO)$/, 'no_tls'],
  [/^(E[A-Z_]{3,}|UND_ERR\w*)$/, 'not_reached'],
  [/^403 .*\b(blocked|initiate conversation|deactivated)\b/, 'bot_blocked'],
] as const satisfies readonly (readonly [RegExp, string])[]
export type CodeFamily = (typeof familiesOfCodes)[number][1]
