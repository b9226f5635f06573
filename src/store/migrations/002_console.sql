-- What the web console needs: its sessions, settings that people change there, what was recorded of
-- an object's earlier versions, and counts by day.

CREATE TABLE console_session (
  token_hash    {TEXT} PRIMARY KEY,  -- SHA-256 of the cookie's value, hex
  user_name     {TEXT} NOT NULL,
  csrf_token    {TEXT} NOT NULL,
  created_at_ms {INT} NOT NULL,
  last_used_ms  {INT} NOT NULL
);
CREATE INDEX console_session_user ON console_session (user_name);

CREATE TABLE setting (
  name  {TEXT} PRIMARY KEY,
  value {TEXT} NOT NULL
);

-- The outcomes an object had before the one in `object`, a few for each object.
CREATE TABLE object_history (
  id               {SERIAL},
  object_id        {INT} NOT NULL,
  etag             {BLOB} NOT NULL,
  version_id       {BLOB} NOT NULL,
  size             {INT} NOT NULL,
  dlp_risk         {INT} NOT NULL,
  pii_impact       {TEXT} NOT NULL,
  classified_at_ms {INT} NOT NULL,
  labels           {TEXT} NOT NULL  -- as in object
);
CREATE INDEX object_history_object ON object_history (object_id, id);

-- What was recorded on a day (days since the Unix epoch, UTC), each recording counted.
CREATE TABLE day_count (
  account_id       {TEXT} NOT NULL,
  day              {INT} NOT NULL,
  objects          {INT} NOT NULL,
  bytes_classified {INT} NOT NULL,
  PRIMARY KEY (account_id, day)
){CLUSTERED};
