-- The sequence number a message arrived with. Ids and these grow together, so whoever sees messages from a time on needs
-- no place before the first of them: a list need not look through all that is hidden.

ALTER TABLE message ADD COLUMN first_sequence INTEGER NOT NULL DEFAULT 0;

UPDATE message SET first_sequence = first.sequence
FROM (SELECT thread_id, message_id, min(sequence) AS sequence FROM place GROUP BY thread_id, message_id) AS first
WHERE first.thread_id = message.thread_id AND first.message_id = message.id;
