-- Version 7. The outcome's label is a column of the object: every object has one, and an entry of
-- object_label for it was a row and two keys more. object_label keeps the other labels. And lists
-- know how new the newest entry of a range can be, so that they leave ranges of older ones closed.
ALTER TABLE object ADD COLUMN outcome_id {INT} NOT NULL DEFAULT 0;

{SQLITE}
UPDATE object SET outcome_id = CAST(labels AS INTEGER);  -- of "3,17,20" the first
DELETE FROM object_label WHERE label_id IN (SELECT id FROM label WHERE kind = 'outcome');

{POSTGRESQL}
-- Rows are written anew rather than updated or deleted one by one, which would leave the old ones.
ALTER TABLE object ALTER COLUMN outcome_id TYPE {INT} USING split_part(labels, ',', 1)::{INT};
-- A worker of before that is still running must fail rather than store an object without it.
ALTER TABLE object ALTER COLUMN outcome_id DROP DEFAULT;
CREATE TEMPORARY TABLE kept_label ON COMMIT DROP AS
  SELECT e.* FROM object_label e JOIN label l ON l.id = e.label_id WHERE l.kind <> 'outcome';
TRUNCATE object_label;
INSERT INTO object_label SELECT * FROM kept_label;
{END}

-- As object_label has them: by bucket, and of all buckets.
CREATE INDEX object_outcome
  ON object (bucket_id, outcome_id, dlp_risk, classified_at_ms, id);
CREATE INDEX object_outcome_all
  ON object (outcome_id, dlp_risk, classified_at_ms, id, bucket_id);

-- No entry of the range is newer; it stays when that one goes.
ALTER TABLE label_count ADD COLUMN newest_ms {INT} NOT NULL DEFAULT 0;
UPDATE label_count SET newest_ms = COALESCE(
  (SELECT max(e.classified_at_ms) FROM object_label e WHERE e.bucket_id = label_count.bucket_id
   AND e.label_id = label_count.label_id AND e.dlp_risk = label_count.dlp_risk),
  (SELECT max(o.classified_at_ms) FROM object o WHERE o.bucket_id = label_count.bucket_id
   AND o.outcome_id = label_count.label_id AND o.dlp_risk = label_count.dlp_risk), 0);
