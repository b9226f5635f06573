-- Version 5. Whatever names an object names its bucket: on PostgreSQL the tables that grow with
-- objects are partitioned by it (docs/scale-out.md). Objects keep their ids, which are of all buckets
-- together.

{SQLITE}
ALTER TABLE object_record ADD COLUMN bucket_id {INT} NOT NULL DEFAULT 0;
UPDATE object_record SET bucket_id = o.bucket_id FROM object o WHERE o.id = object_id;
ALTER TABLE object_history ADD COLUMN bucket_id {INT} NOT NULL DEFAULT 0;
UPDATE object_history SET bucket_id = o.bucket_id FROM object o WHERE o.id = object_id;

{POSTGRESQL}
CREATE SEQUENCE object_ids CACHE 1000;
SELECT setval('object_ids', GREATEST(last_value, (SELECT max(id) FROM object)))
  FROM object_id_seq;
CREATE SEQUENCE object_history_ids CACHE 1000;
SELECT setval('object_history_ids', GREATEST(last_value, (SELECT max(id) FROM object_history)))
  FROM object_history_id_seq;

ALTER TABLE object RENAME TO old_object;
ALTER TABLE object_record RENAME TO old_object_record;
ALTER TABLE object_label RENAME TO old_object_label;
ALTER TABLE object_history RENAME TO old_object_history;
CREATE TABLE object (LIKE old_object INCLUDING CONSTRAINTS) PARTITION BY HASH (bucket_id);
CREATE TABLE object_record (bucket_id {INT} NOT NULL, LIKE old_object_record)
  PARTITION BY HASH (bucket_id);
CREATE TABLE object_label (LIKE old_object_label) PARTITION BY HASH (bucket_id);
CREATE TABLE object_history (bucket_id {INT} NOT NULL, LIKE old_object_history)
  PARTITION BY HASH (bucket_id);
ALTER TABLE object ALTER COLUMN id SET DEFAULT nextval('object_ids');
ALTER TABLE object_history ALTER COLUMN id SET DEFAULT nextval('object_history_ids');

DO $$
DECLARE
  name TEXT;
BEGIN
  FOREACH name IN ARRAY ARRAY['object', 'object_record', 'object_label', 'object_history'] LOOP
    FOR part IN 0..7 LOOP
      EXECUTE format('CREATE TABLE %1$s_p%2$s PARTITION OF %1$s '
                     'FOR VALUES WITH (MODULUS 8, REMAINDER %2$s)', name, part);
    END LOOP;
  END LOOP;
END $$;

INSERT INTO object SELECT * FROM old_object;
INSERT INTO object_record
  SELECT o.bucket_id, r.* FROM old_object_record r JOIN old_object o ON o.id = r.object_id;
INSERT INTO object_label SELECT * FROM old_object_label;
INSERT INTO object_history
  SELECT o.bucket_id, h.* FROM old_object_history h JOIN old_object o ON o.id = h.object_id;
DROP TABLE old_object, old_object_record, old_object_label, old_object_history;

-- Behind the rows: an index that is made of all of them costs less than one that grows with them.
ALTER TABLE object ADD PRIMARY KEY (id, bucket_id);
ALTER TABLE object ADD UNIQUE (bucket_id, object_key);
ALTER TABLE object_record ADD PRIMARY KEY (object_id, bucket_id);
ALTER TABLE object_label
  ADD PRIMARY KEY (bucket_id, label_id, dlp_risk, classified_at_ms, object_id);
CREATE INDEX object_label_all
  ON object_label (label_id, dlp_risk, classified_at_ms, object_id, bucket_id);
ALTER TABLE object_history ADD PRIMARY KEY (id, bucket_id);
CREATE INDEX object_history_object ON object_history (object_id, id);
{END}
