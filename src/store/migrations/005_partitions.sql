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
ALTER TABLE object RENAME TO old_object;
CREATE TABLE object (
  id                {INT} NOT NULL DEFAULT nextval('object_ids'),
  bucket_id         {INT} NOT NULL,
  object_key        {BLOB} NOT NULL,
  etag              {BLOB} NOT NULL,
  version_id        {BLOB} NOT NULL,
  size              {INT} NOT NULL,
  last_modified_ms  {INT} NOT NULL,
  retryable         {INT} NOT NULL,
  dlp_risk          {INT} NOT NULL CHECK (dlp_risk BETWEEN 0 AND 10),
  pii_impact        {TEXT} NOT NULL,
  bytes_classified  {INT} NOT NULL,
  charged_bytes     {INT} NOT NULL,
  classified_at_ms  {INT} NOT NULL,
  attempts          {INT} NOT NULL,
  not_before_ms     {INT} NOT NULL,
  server_encryption {TEXT} NOT NULL,
  sse_kms_key_id    {TEXT} NOT NULL,
  labels            {TEXT} NOT NULL
) PARTITION BY HASH (bucket_id);

ALTER TABLE object_record RENAME TO old_object_record;
CREATE TABLE object_record (
  bucket_id  {INT} NOT NULL,
  object_id  {INT} NOT NULL,
  record     {TEXT} NOT NULL,
  detections {BLOB}
) PARTITION BY HASH (bucket_id);

ALTER TABLE object_label RENAME TO old_object_label;
CREATE TABLE object_label (
  bucket_id        {INT} NOT NULL,
  label_id         {INT} NOT NULL,
  dlp_risk         {INT} NOT NULL,
  classified_at_ms {INT} NOT NULL,
  object_id        {INT} NOT NULL
) PARTITION BY HASH (bucket_id);

CREATE SEQUENCE object_history_ids CACHE 1000;
SELECT setval('object_history_ids', GREATEST(last_value, (SELECT max(id) FROM object_history)))
  FROM object_history_id_seq;
ALTER TABLE object_history RENAME TO old_object_history;
CREATE TABLE object_history (
  id               {INT} NOT NULL DEFAULT nextval('object_history_ids'),
  bucket_id        {INT} NOT NULL,
  object_id        {INT} NOT NULL,
  etag             {BLOB} NOT NULL,
  version_id       {BLOB} NOT NULL,
  size             {INT} NOT NULL,
  dlp_risk         {INT} NOT NULL,
  pii_impact       {TEXT} NOT NULL,
  classified_at_ms {INT} NOT NULL,
  labels           {TEXT} NOT NULL
) PARTITION BY HASH (bucket_id);

DO $$
BEGIN
  FOR part IN 0..7 LOOP
    EXECUTE format('CREATE TABLE object_p%1$s PARTITION OF object '
                   'FOR VALUES WITH (MODULUS 8, REMAINDER %1$s)', part);
    EXECUTE format('CREATE TABLE object_record_p%1$s PARTITION OF object_record '
                   'FOR VALUES WITH (MODULUS 8, REMAINDER %1$s)', part);
    EXECUTE format('CREATE TABLE object_label_p%1$s PARTITION OF object_label '
                   'FOR VALUES WITH (MODULUS 8, REMAINDER %1$s)', part);
    EXECUTE format('CREATE TABLE object_history_p%1$s PARTITION OF object_history '
                   'FOR VALUES WITH (MODULUS 8, REMAINDER %1$s)', part);
  END LOOP;
END $$;

INSERT INTO object
  SELECT o.id, o.bucket_id, o.object_key, o.etag, o.version_id, o.size, o.last_modified_ms,
         o.retryable, o.dlp_risk, o.pii_impact, o.bytes_classified, o.charged_bytes,
         o.classified_at_ms, o.attempts, o.not_before_ms, o.server_encryption, o.sse_kms_key_id,
         o.labels
  FROM old_object o;
INSERT INTO object_record
  SELECT o.bucket_id, r.object_id, r.record, r.detections
  FROM old_object_record r JOIN old_object o ON o.id = r.object_id;
INSERT INTO object_label
  SELECT bucket_id, label_id, dlp_risk, classified_at_ms, object_id FROM old_object_label;
INSERT INTO object_history
  SELECT h.id, o.bucket_id, h.object_id, h.etag, h.version_id, h.size, h.dlp_risk, h.pii_impact,
         h.classified_at_ms, h.labels
  FROM old_object_history h JOIN old_object o ON o.id = h.object_id;
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
