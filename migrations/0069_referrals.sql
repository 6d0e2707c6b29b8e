-- A paid need named the answer that it ended with, and answers name their need: no order was left in which a backup could be restored, and
-- none was made. recordOutcome takes an answer of this need alone, in the statement that writes it; an answer is never deleted.
alter table paid_needs drop constraint paid_needs_outcome_answer_id_fkey;
