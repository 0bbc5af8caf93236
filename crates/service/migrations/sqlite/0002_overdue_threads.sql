-- The sweep asks once a minute for threads that have had their time; most threads are kept without limit.

CREATE INDEX thread_by_end ON thread (created_ms + retention_days * 86400000) WHERE retention_days > 0;
