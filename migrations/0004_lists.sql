-- A list reads its page and counts the rest without looking at the requests themselves, however long the history.
CREATE INDEX requests_customer ON requests (customer, state, number);
CREATE INDEX requests_requester ON requests (customer, requester, state, number);
