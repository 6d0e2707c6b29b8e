-- Whether anybody was told of an answer, or of an agreement that follows from it, is asked by its answer.
create index paid_notices_by_answer on paid_notices (answer_id);
