-- Somebody who is forgotten is blotted out of the names of files, too.
grant update (name) on attachments to pandu_worker;
