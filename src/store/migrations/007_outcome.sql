-- Version 7. The outcome's label is a column of the object: every object has one, and an entry of
-- object_label for it was a row and two keys more. object_label keeps the other labels.
ALTER TABLE object ADD COLUMN outcome_id {INT} NOT NULL DEFAULT 0;

{SQLITE}
UPDATE object SET outcome_id = CAST(labels AS INTEGER);  -- of "3,17,20" the first
DELETE FROM object_label WHERE label_id IN (SELECT id FROM label WHERE kind = 'outcome');

{POSTGRESQL}
-- Rows are written anew rather than updated or deleted one by one, which would leave the old ones.
ALTER TABLE object ALTER COLUMN outcome_id TYPE {INT} USING split_part(labels, ',', 1)::{INT};
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
