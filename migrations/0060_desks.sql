-- Whoever is forgotten is told of nothing any more, and their addresses can go.
grant delete on duty_contacts to pandu_worker;
