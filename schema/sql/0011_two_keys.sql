-- Rooms merge/ and catalog/: acts that count only once a second agency key has endorsed them (protocol 1.3 `endorse`).

ALTER TABLE act ADD COLUMN two_keys INTEGER NOT NULL DEFAULT 0;   -- 1: the charter lets it count only once endorsed
ALTER TABLE act ADD COLUMN endorsed INTEGER;                      -- pos of the first accepted endorse that names it
CREATE INDEX act_leaf ON act (leaf);
CREATE INDEX act_endorsed ON act (market, endorsed) WHERE endorsed IS NOT NULL;
CREATE INDEX act_waiting ON act (market, pos) WHERE two_keys = 1 AND endorsed IS NULL;

-- From here on a place and a beginning are two things: `pos` is where the act stands, `valid_from` the position from which it counts, the
-- larger of its own, that of its endorse and those of the decision's issue. Two numbers that no log reaches stand for "not yet":
-- 9007199254740991 for an act that waits for its second key, 9007199254740990 for one that waits only for its decision's issue.
-- `valid_to` is the least position from which an act further on in the log ends the row.
ALTER TABLE terms RENAME COLUMN valid_from TO pos;
ALTER TABLE terms ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 0;
UPDATE terms SET valid_from = pos;
ALTER TABLE term_key RENAME COLUMN valid_from TO pos;
ALTER TABLE event ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 0;
UPDATE event SET valid_from = pos;
ALTER TABLE response ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 0;
UPDATE response SET valid_from = pos;
ALTER TABLE effect_rules ADD COLUMN valid_from INTEGER NOT NULL DEFAULT 0;
UPDATE effect_rules SET valid_from = pos;
