-- A form of the desk that is posted twice is done once: its page counts the form in the transaction of the work itself. What is counted
-- is a keyed hash; there is nothing to read in it.
grant select, insert, update on limit_hits to pandu_web;
