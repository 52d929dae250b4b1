-- Room witness/: evidence is of a fork of a log, or of a charter number that was signed with two payloads.

ALTER TABLE evidence ADD COLUMN kind TEXT NOT NULL DEFAULT 'fork';   -- fork: `origin` is the log's; charter: `origin` is 'charter <n>'
