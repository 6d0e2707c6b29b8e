-- A judgement given by a slip of the thumb is taken back within minutes.
grant delete on ratings to pandu_worker;
