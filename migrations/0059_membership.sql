-- What an applicant wrote can be forgotten where the application itself stays.
grant update (text) on application_words to pandu_worker;
