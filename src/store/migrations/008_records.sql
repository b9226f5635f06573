-- Version 8. The record is a column of the object: in a table of its own it was a row and a key more
-- for every object. What was found keeps one (object_detections), of objects in which something was.
-- And ids are handed out before rows are written, so that nothing has to be asked back for them.
ALTER TABLE object ADD COLUMN record {TEXT} NOT NULL DEFAULT '';

{SQLITE}
UPDATE object SET record = COALESCE(
  (SELECT r.record FROM object_record r WHERE r.object_id = object.id), '');
CREATE TABLE object_detections (
  object_id  {INT} PRIMARY KEY,
  bucket_id  {INT} NOT NULL,
  detections {BLOB} NOT NULL
);

{POSTGRESQL}
-- Rows are written anew rather than updated one by one, which would leave the old ones.
CREATE FUNCTION record_of({INT}, {INT}) RETURNS TEXT LANGUAGE SQL STABLE AS
  'SELECT record FROM object_record WHERE bucket_id = $1 AND object_id = $2';
ALTER TABLE object ALTER COLUMN record TYPE {TEXT} USING COALESCE(record_of(bucket_id, id), '');
DROP FUNCTION record_of;
-- A worker of before that is still running must fail rather than store an object without one.
ALTER TABLE object ALTER COLUMN record DROP DEFAULT;
ALTER TABLE object ALTER COLUMN id DROP DEFAULT;
-- Each number stands for itself and those up to the next (PostgresTransaction::NewIds).
ALTER SEQUENCE object_ids INCREMENT BY 1024 CACHE 1;
CREATE TABLE object_detections (
  bucket_id  {INT} NOT NULL,
  object_id  {INT} NOT NULL,
  detections {BLOB} NOT NULL
) PARTITION BY HASH (bucket_id);
DO $$
BEGIN
  FOR part IN 0..7 LOOP
    EXECUTE format('CREATE TABLE object_detections_p%1$s PARTITION OF object_detections '
                   'FOR VALUES WITH (MODULUS 8, REMAINDER %1$s)', part);
  END LOOP;
END $$;
{END}
-- Five bytes say that nothing was found.
INSERT INTO object_detections (bucket_id, object_id, detections)
  SELECT bucket_id, object_id, detections FROM object_record WHERE length(detections) > 5;
DROP TABLE object_record;
{POSTGRESQL}
ALTER TABLE object_detections ADD PRIMARY KEY (object_id, bucket_id);
{END}
